"""Paths: which operation a request means, and what the path of one that means none looks like."""

import re
from collections.abc import Iterable

from parlour.compat.usage_counts import MAX_NAME_LENGTH
from parlour.contract.rest import PUBLISHED, Route

ANY = "{}"
"""Stands for a segment that names one row."""

_WORD = re.compile(r"[A-Za-z]{1,40}")
_MAX_SEGMENTS = 12


class Paths:
    """The paths of *routes*, to be looked up by what callers send."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes: dict[tuple[str, tuple[str, ...]], Route] = {}
        self._beginnings: set[tuple[str, ...]] = set()
        for route in routes:
            segments = tuple(ANY if part.startswith("{") else part for part in _segments(route.path))
            self._routes[route.method, segments] = route
            self._beginnings.update(segments[:length] for length in range(1, len(segments) + 1))

    def find(self, method: str, path: str) -> Route | None:
        """The operation that *method* and *path* (without a query) mean, or None."""
        return self._routes.get((method, self._shape(path)))

    def shape(self, path: str) -> str:
        """*path* without what it names: ``/v1/Users/{}/Photos``. Of a path that no operation has, the words remain."""
        return f"/{'/'.join(self._shape(path))}"[: 2 * MAX_NAME_LENGTH]

    def _shape(self, path: str) -> tuple[str, ...]:
        shape: tuple[str, ...] = ()
        for part in _segments(path)[:_MAX_SEGMENTS]:
            if (*shape, part) in self._beginnings:
                shape = (*shape, part)
            elif (*shape, ANY) in self._beginnings or not _WORD.fullmatch(part):
                shape = (*shape, ANY)
            else:
                shape = (*shape, part)
        return shape


def is_published(path: str) -> bool:
    """Whether *path* lies where the published API has its paths."""
    return f"{path}/".startswith(f"{PUBLISHED}/")


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/")
