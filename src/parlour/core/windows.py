"""Windows: which part of one of many lists is wanted, where many are read at once. Pure."""

import msgspec

Key = str | int
"""Of a row within its list."""


class Window(msgspec.Struct, frozen=True):
    """Rows of a list that follow each other."""

    service_sid: str
    owner: str
    """What the list is of."""
    start: Key | None = None
    """The first one; None to begin at an end."""
    is_descending: bool = False
    limit: int = 1


class Since(msgspec.Struct, frozen=True):
    """Rows of a list that changed above an event number, those with the lowest numbers up to a limit."""

    service_sid: str
    owner: str
    above: int
    limit: int
