"""URL-encoded text: the segments of a path, and the names and values of a form or a query, wherever they come in."""

import re
from collections.abc import Iterable
from urllib.parse import unquote

from parlour.core.charsets import UTF_8, NotText, decoded, shown
from parlour.core.errors import InvalidBody, InvalidParameter, NotFound

Pairs = dict[str, list[str]]

MAX_FIELDS = 1000

_BROKEN_ESCAPE = re.compile("%(?![0-9a-fA-F]{2})")

_DIGITS = "0123456789abcdefABCDEF"
_ESCAPED = {f"{high}{low}".encode(): bytes.fromhex(high + low) for high in _DIGITS for low in _DIGITS}
"""By two hexadecimal digits, the byte that they stand for."""


def reference(raw: str) -> str:
    """A path segment without its percent-escapes; raises NotFound for what can name nothing.

    A ``+`` stays a ``+``.
    """
    if "\0" in raw:
        raise NotFound
    if "%" not in raw:
        return raw
    try:
        text = unquote(raw, errors="strict")
    except UnicodeDecodeError:
        raise NotFound from None
    if "\0" in text or _BROKEN_ESCAPE.search(raw):
        raise NotFound
    return text


def pairs(raw: bytes, charset: str = UTF_8) -> Pairs:
    """The fields of a form whose bytes, the escaped ones too, are in *charset*.

    Raises InvalidBody, InvalidParameter.
    """
    try:
        text = decoded(raw, charset)
        if "%" in text and _BROKEN_ESCAPE.search(text):
            raise InvalidBody(reason="a percent sign is not followed by two hexadecimal digits")
        fields = form_fields(text, charset)
    except (NotText, UnicodeError):
        raise InvalidBody(reason=f"it is not {shown(charset)}") from None
    return gathered(fields)


def form_fields(text: str, charset: str = UTF_8) -> list[tuple[str, str]]:
    """Names and values of a form whose percent signs are all escapes, in their order; raises InvalidBody for too many
    fields and UnicodeError.

    ``urllib.parse.parse_qsl`` reads the same, with blank values and strictly, in more than twice the time.
    """
    if text.count("&") >= MAX_FIELDS:
        raise InvalidBody(reason=f"it has more than {MAX_FIELDS} fields")
    fields = []
    for each in text.split("&"):
        if each:
            name, _, value = each.partition("=")
            fields.append((_unescaped(name, charset), _unescaped(value, charset)))
    return fields


def _unescaped(text: str, charset: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    if "%" not in text:
        return text
    if not text.isascii():
        return unquote(text, encoding=charset, errors="strict")
    start, *escapes = text.encode("ascii").split(b"%")
    return b"".join([start, *[_ESCAPED[each[:2]] + each[2:] for each in escapes]]).decode(charset)


def gathered(fields: Iterable[tuple[str, str]]) -> Pairs:
    """The same values by their names; raises InvalidParameter."""
    found: Pairs = {}
    for name, value in fields:
        if "\0" in value:
            raise InvalidParameter(name=name)
        found.setdefault(name, []).append(value)
    return found
