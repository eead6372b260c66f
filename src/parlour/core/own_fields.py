"""Parameter types that only parlour's own parameters need: groups, several words or kinds in one, names with a key.

They are read like the others (``core/fields.py``).
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

import msgspec

from parlour.core.errors import InvalidParameter
from parlour.core.fields import Moment, One, Whole
from parlour.core.timer_fields import Timer


class Own(msgspec.Struct, frozen=True):
    """Marks a field that is a Struct of parlour's own parameters: ``Annotated[ListExtensions, Own("Parlour-")]``.

    Their names begin with *prefix*. Where none was sent, the field keeps its default.
    """

    prefix: str


class Words:
    """Words of an enumeration with commas between them, in one parameter or several; becomes a frozenset."""

    def __init__(self, words: type[StrEnum]) -> None:
        self.words = {word.value: word for word in words}

    def read(self, name: str, values: Sequence[str]) -> frozenset[StrEnum]:
        sent = [word for value in values if value for word in value.lower().split(",")]
        if any(word not in self.words for word in sent):
            raise InvalidParameter(name=name)
        return frozenset(self.words[word] for word in sent)

    def schema(self) -> dict[str, Any]:
        one = "|".join(self.words)
        return {"type": "string", "pattern": f"^(({one})(,({one}))*)?$"}


class Either(One):
    """What one of several readers takes; what none of them does is an InvalidParameter."""

    def __init__(self, *readers: One) -> None:
        self.readers = readers

    def parse(self, name: str, raw: str) -> Any:
        for reader in self.readers:
            with suppress(InvalidParameter):
                return reader.parse(name, raw)
        raise InvalidParameter(name=name)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [reader.schema() for reader in self.readers]}


class ByKey(One):
    """Up to *max_keys* parameters whose names go on with a dot and a key that the caller chooses.

    Key and value have at most *longest* bytes each. Together they become the values by key; one that is empty is left
    out.
    """

    def __init__(self, max_keys: int, longest: int) -> None:
        self.max_keys, self.longest = max_keys, longest

    def parse(self, name: str, raw: str) -> str:
        if len(raw.encode()) > self.longest:
            raise InvalidParameter(name=name)
        return raw

    def collect(self, start: str, sent: dict[str, Sequence[str]]) -> dict[str, str]:
        """The values by key of *sent*, parameters whose names all begin with *start*; raises InvalidParameter."""
        if len(sent) > self.max_keys:
            raise InvalidParameter(name=f"{start}<key>")
        found = {}
        for name, values in sent.items():
            key = name.removeprefix(start)
            if len(key.encode()) > self.longest or "\0" in key:
                raise InvalidParameter(name=f"{start}<key>")
            value = self.read(name, values)
            if value:
                found[key] = value
        return found


class Between(Whole):
    """A whole number from 1 to *maximum*."""

    def __init__(self, maximum: int) -> None:
        super().__init__()
        self.maximum = maximum

    def parse(self, name: str, raw: str) -> int:
        number = super().parse(name, raw)
        if not 1 <= number <= self.maximum:
            raise InvalidParameter(name=name)
        return number

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "maximum": self.maximum}


class Span(One):
    """An ISO 8601 duration of at least one second; years are 365 days, months 30."""

    _reader = Timer(timedelta(), too_short=InvalidParameter, malformed=InvalidParameter)

    def parse(self, name: str, raw: str) -> timedelta:
        try:
            duration = self._reader.kept(raw)
        except InvalidParameter:
            duration = None
        if duration is None:
            raise InvalidParameter(name=name)
        return duration.length

    def schema(self) -> dict[str, Any]:
        return self._reader.schema()


class MomentOrNow(Moment):
    """``true`` for the present moment, or an ISO 8601 moment."""

    def read(self, name: str, values: Sequence[str]) -> datetime | Literal[True]:
        return True if values[-1].lower() == "true" else self.parse(name, values[-1])

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "enum": ["true"]}, super().schema()]}
