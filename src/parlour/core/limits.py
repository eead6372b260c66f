"""Limits: what happens where a published limit is exceeded, which the operator may relax."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum

from parlour.core.errors import ApiError


class LimitMode(StrEnum):
    """What exceeding a published limit does."""

    STRICT = "strict"
    RELAXED = "relaxed"


_noted: ContextVar[list[ApiError] | None] = ContextVar("noted", default=None)


def exceeded(refusal: ApiError) -> None:
    """A published limit is exceeded: raises *refusal*; where limits are relaxed, notes it and lets the call go on."""
    noted = _noted.get()
    if noted is None:
        raise refusal
    noted.append(refusal)


@contextmanager
def relaxed() -> Iterator[list[ApiError]]:
    """Within the block no limit refuses; gives the list of what would have been refused."""
    noted: list[ApiError] = []
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)
