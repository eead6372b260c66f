"""Parameter types: what a form value may be, what it becomes, and the published error when it is not that.

A field of a draft names its type as ``Annotated[str, Text(256, too_long=FriendlyNameTooLong)]``. Sizes in bytes are
of UTF-8; characters are Unicode code points.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from parlour.core.errors import (
    ApiError,
    AttributesNotJson,
    AttributesTooLong,
    FriendlyNameTooLong,
    InvalidParameter,
)
from parlour.core.limits import exceeded
from parlour.core.sids import Prefix, is_sid

KB = 1024
MAX_INTEGER = 2**63 - 1
EMPTY = ("", "null")
"""How a caller writes that there is no value."""
FIRST_SECOND = datetime.min.replace(tzinfo=UTC)
"""The one moment that the database takes for minus infinity, which could not be shown again."""
MAX_KEY_BYTES = 4 * 256
"""Bytes of a value that the database keeps in an index, where two of them must fit into a third of a page."""


class Reader(Protocol):
    """Turns the values that were sent under one name into what the draft holds."""

    def read(self, name: str, values: Sequence[str]) -> Any:
        """The value for the draft; raises the published error. *values* has at least one item."""
        ...

    def schema(self) -> dict[str, Any]:
        """The JSON schema of one value, for the OpenAPI document."""
        ...


class One:
    """A parameter that is sent once; of repeated ones the last counts."""

    def read(self, name: str, values: Sequence[str]) -> Any:
        return self.parse(name, values[-1])

    def parse(self, name: str, raw: str) -> Any:
        raise InvalidParameter(name=name)

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}


class Text(One):
    """Free text of at most *max_length* characters. A *key* is kept in an index, so even where limits are
    relaxed it has at most MAX_KEY_BYTES bytes."""

    def __init__(
        self,
        max_length: int,
        *,
        too_long: type[ApiError] = InvalidParameter,
        empty: type[ApiError] | None = None,
        check: Callable[[str], None] | None = None,
        key: bool = False,
    ) -> None:
        self.max_length, self.too_long, self.empty, self.check, self.key = max_length, too_long, empty, check, key

    def parse(self, name: str, raw: str) -> str:
        if not raw and self.empty is not None:
            raise self.empty(name=name)
        if len(raw) > self.max_length:
            refusal = self.too_long(name=name)
            if self.key and len(raw.encode()) > MAX_KEY_BYTES:
                raise refusal
            exceeded(refusal)
        if self.check is not None:
            self.check(raw)
        return raw

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.max_length}


class Bytes(One):
    """Free text of at most *max_length* bytes."""

    def __init__(self, max_length: int, *, too_long: type[ApiError]) -> None:
        self.max_length, self.too_long = max_length, too_long

    def parse(self, name: str, raw: str) -> str:
        if len(raw.encode()) > self.max_length:
            exceeded(self.too_long())
        return raw


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


# The standard library's: msgspec refuses escaped lone surrogates, which JavaScript makes of a halved emoji. Numbers
# stay texts, so that none is too long.
_json = json.JSONDecoder(parse_constant=_refuse, parse_int=str, parse_float=str)


class JsonText(One):
    """A JSON text of at most *max_length* bytes, kept byte for byte."""

    def __init__(self, max_length: int) -> None:
        self.max_length = max_length

    def parse(self, name: str, raw: str) -> str:
        if len(raw) > self.max_length or len(raw.encode()) > self.max_length:
            exceeded(AttributesTooLong())
        try:
            _json.decode(raw)
        except (ValueError, RecursionError):
            raise AttributesNotJson from None
        return raw

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "contentMediaType": "application/json", "maxLength": self.max_length}


class JsonObject(One):
    """The text of a JSON object."""

    def __init__(self, error: type[ApiError]) -> None:
        self.error = error

    def parse(self, name: str, raw: str) -> str:
        try:
            msgspec.json.decode(raw, type=dict[str, Any])  # whole, so that a number beyond all bounds is seen
        except (msgspec.MsgspecError, RecursionError):
            raise self.error from None
        return raw

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "contentMediaType": "application/json"}


class Choice(One):
    """One of the words of an enumeration, in any letter case."""

    def __init__(
        self,
        words: Iterable[StrEnum],
        error: type[ApiError] = InvalidParameter,
        *,
        empty: type[ApiError] | None = None,
        but: StrEnum | None = None,
    ) -> None:
        self.words = {word.value.lower(): word for word in words if word is not but}
        self.error, self.empty = error, empty

    def parse(self, name: str, raw: str) -> StrEnum:
        if not raw and self.empty is not None:
            raise self.empty
        word = self.words.get(raw.lower())
        if word is None:
            raise self.error(name=name)
        return word

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": [word.value for word in self.words.values()]}


class Whole(One):
    """A whole number from 0, in decimal digits."""

    def __init__(self, error: type[ApiError] = InvalidParameter) -> None:
        self.error = error

    def parse(self, name: str, raw: str) -> int:
        if not re.fullmatch(r"[0-9]{1,19}", raw) or int(raw) > MAX_INTEGER:
            raise self.error(name=name)
        return int(raw)

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 0}


class Flag(One):
    """``true`` or ``false``, in any letter case."""

    def parse(self, name: str, raw: str) -> bool:
        word = raw.lower()
        if word not in ("true", "false"):
            raise InvalidParameter(name=name)
        return word == "true"

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


_LOST_PLUS = re.compile(r"(?<=\d)[ ](?=\d\d(:?\d\d){0,2}\Z)", re.ASCII)
"""The blank that a ``+`` becomes when a client does not escape it, before an offset at the end of a moment."""


def _with_plus(raw: str) -> str:
    """*raw* with the ``+`` of its offset. A blank right after the date is none: it stands before the time."""
    lost = _LOST_PLUS.search(raw)
    if lost is None or _is_bare_date(raw[: lost.start()]):
        return raw
    return f"{raw[: lost.start()]}+{raw[lost.end() :]}"


class Moment(One):
    """An ISO 8601 moment, read leniently; becomes UTC in whole seconds. A bare date is the start of that day."""

    def __init__(self, error: type[ApiError] = InvalidParameter) -> None:
        self.error = error

    def parse(self, name: str, raw: str) -> datetime:
        try:
            moment = datetime.fromisoformat(_with_plus(raw))
            utc = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            raise self.error(name=name) from None
        whole = utc.replace(microsecond=0)
        if whole == FIRST_SECOND:
            raise self.error(name=name)
        return whole

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


class LastMoment(Moment):
    """Like Moment, but a bare date is the last second of that day."""

    def parse(self, name: str, raw: str) -> datetime:
        moment = super().parse(name, raw)
        return moment.replace(hour=23, minute=59, second=59) if _is_bare_date(raw) else moment


def _is_bare_date(raw: str) -> bool:
    try:
        date.fromisoformat(raw)
    except ValueError:
        return False
    return True


class SidOf(One):
    """A SID of one kind."""

    def __init__(self, prefix: Prefix, error: type[ApiError] = InvalidParameter) -> None:
        self.prefix, self.error = prefix, error

    def parse(self, name: str, raw: str) -> str:
        if not is_sid(raw, self.prefix):
            raise self.error(name=name)
        return raw

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{self.prefix.value}[0-9a-fA-F]{{32}}$"}


class Clearable:
    """A value that the empty string or the literal ``null`` removes."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def read(self, name: str, values: Sequence[str]) -> Any:
        return None if values[-1] in EMPTY else self.reader.read(name, values)

    def schema(self) -> dict[str, Any]:
        return self.reader.schema()


class NotEmpty:
    """A value that may be missing but, once sent, has to hold something: neither the empty string nor ``null``.

    For what is set when a thing is made, where there is nothing to remove yet: without the value something else would
    be made than was meant.
    """

    def __init__(self, reader: Reader, empty: type[ApiError]) -> None:
        self.reader, self.empty = reader, empty

    def read(self, name: str, values: Sequence[str]) -> Any:
        if values[-1] in EMPTY:
            raise self.empty(name=name)
        return self.reader.read(name, values)

    def schema(self) -> dict[str, Any]:
        return self.reader.schema()


class Many:
    """A parameter that may be repeated; becomes the list of its different values in the order given."""

    def __init__(self, each: Reader) -> None:
        self.each = each

    def read(self, name: str, values: Sequence[str]) -> Any:
        return list(dict.fromkeys(self.each.read(name, [value]) for value in values))

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.each.schema()}


def named(max_length: int = 256) -> Reader:
    """A FriendlyName that may be removed."""
    return Clearable(Text(max_length, too_long=FriendlyNameTooLong))


Pairs = Mapping[str, Sequence[str]]
"""A form as it came: each name with all the values that were sent under it."""
