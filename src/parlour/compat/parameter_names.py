"""Names of the parameters of one operation, to tell those that it has from those that callers made up."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from parlour.compat.usage_counts import MAX_NAME_LENGTH
from parlour.contract.form import KEY
from parlour.contract.rest import Route, Verb
from parlour.core import paging

_MAX_UNKNOWN = 16
"""Unknown names that one call reports at most."""
_MIN_LIKENESS = 0.8
"""From which likeness on, of 1, a name is taken for a slip of another."""


class ParameterNames:
    """What *route* calls its parameters."""

    def __init__(self, route: Route) -> None:
        self.known = frozenset(each.wire for each in route.parameters)
        if route.operation.verb is Verb.LIST:
            self.known |= paging.PARAMETERS
        self._with_key = tuple(each for each in self.known if each.endswith(KEY))
        self._by_letters = {_letters(each): each for each in sorted(self.known)}

    def sorted_out(self, sent: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Those of *sent* that the operation has, each under its published name, and the first others, cut short."""
        known: dict[str, None] = {}
        unknown: dict[str, None] = {}
        for name in sent:
            published = self._published(name)
            if published is not None:
                known[published] = None
            elif len(unknown) < _MAX_UNKNOWN:
                unknown[name[:MAX_NAME_LENGTH]] = None
        return tuple(known), tuple(unknown)

    def near(self, name: str) -> str | None:
        """The parameter that was probably meant by *name*, which is none: ``FriendlyName`` by ``friendly_name``."""
        near = get_close_matches(_letters(name[:MAX_NAME_LENGTH]), self._by_letters, 1, _MIN_LIKENESS)
        return self._by_letters[near[0]] if near else None

    def _published(self, name: str) -> str | None:
        if name in self.known:
            return name
        return next((each for each in self._with_key if name.startswith(each.removesuffix(KEY))), None)


def _letters(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())
