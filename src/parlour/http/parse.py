"""Parsing: from the bytes of a request to pairs and references."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

import falcon.asgi

from parlour.core.charsets import UTF_8, NotText, UnknownCharset, declared, decoded, shown
from parlour.core.errors import (
    BodyTooLarge,
    InvalidBody,
    InvalidParameter,
    NotFound,
    UnsupportedMediaType,
)
from parlour.http.multipart import MULTIPART, multipart_fields

CUT_OFF = "parlour.cut_off"
"""A key of the ASGI scope, which the server sets when the connection ended before the body did."""
MAX_BODY_BYTES = 1024 * 1024
"""Bytes. The largest valid request has some 60 KB of text, which percent-encoding can triple."""
_MAX_DRAINED_BYTES = 64 * 1024 * 1024
"""A body that is too large is read on to this size, so that the client gets to see the answer."""
_MAX_FIELDS = 1000

_BROKEN_ESCAPE = re.compile("%(?![0-9a-fA-F]{2})")

_DIGITS = "0123456789abcdefABCDEF"
_ESCAPED = {f"{high}{low}".encode(): bytes.fromhex(high + low) for high in _DIGITS for low in _DIGITS}
"""By two hexadecimal digits, the byte that they stand for."""

Pairs = dict[str, list[str]]


class Request(falcon.asgi.Request):
    """Falcon's request, with the body where all of it has come before the request is looked at, as it mostly has.

    Making the request and reading its body takes Falcon's stream half as long again.
    """

    __slots__ = ("whole_body",)

    def __init__(
        self,
        scope: dict[str, Any],
        receive: Any,
        first_event: Any = None,
        options: falcon.RequestOptions | None = None,
    ) -> None:
        super().__init__(scope, receive, first_event=first_event, options=options)
        is_whole = first_event is not None and not first_event.get("more_body", False)
        self.whole_body: bytes | None = first_event.get("body", b"") if is_whole else None


async def body_pairs(request: falcon.asgi.Request) -> Pairs:
    """The form in the body; raises BodyTooLarge, UnsupportedMediaType, InvalidBody, InvalidParameter."""
    body = await _body(request)
    if not body:
        return {}
    said = request.content_type or ""
    content_type = said.partition(";")[0].strip().lower()
    if content_type == MULTIPART:
        return _gathered(multipart_fields(body, said, _MAX_FIELDS))
    if content_type not in ("", "application/x-www-form-urlencoded"):
        raise UnsupportedMediaType
    try:
        return _pairs(body, declared(said) or UTF_8)
    except UnknownCharset:
        raise UnsupportedMediaType from None


def query_pairs(request: falcon.asgi.Request) -> Pairs:
    """The query string, in which an empty value counts as not sent; raises InvalidBody, InvalidParameter.

    That is the rule for all parameters of all queries, so that no reader has to think of it.
    """
    pairs = _pairs(request.scope["query_string"])
    given = {name: [value for value in values if value] for name, values in pairs.items()}
    return {name: values for name, values in given.items() if values}


def reference(raw: str) -> str:
    """A path segment without its percent-escapes; raises NotFound for what can name nothing.

    A ``+`` stays a ``+``.
    """
    if "%" not in raw:
        return raw
    try:
        text = unquote(raw, errors="strict")
    except UnicodeDecodeError:
        raise NotFound from None
    if "\0" in text or _BROKEN_ESCAPE.search(raw):
        raise NotFound
    return text


def _pairs(raw: bytes, charset: str = UTF_8) -> Pairs:
    """The fields of a form whose bytes, the escaped ones too, are in *charset*."""
    try:
        text = decoded(raw, charset)
        if "%" in text and _BROKEN_ESCAPE.search(text):
            raise InvalidBody(reason="a percent sign is not followed by two hexadecimal digits")
        fields = form_fields(text, charset)
    except (NotText, UnicodeError):
        raise InvalidBody(reason=f"it is not {shown(charset)}") from None
    return _gathered(fields)


def form_fields(text: str, charset: str = UTF_8) -> list[tuple[str, str]]:
    """Names and values of a form whose percent signs are all escapes, in their order; raises InvalidBody for too many
    fields and UnicodeError.

    ``urllib.parse.parse_qsl`` reads the same, with blank values and strictly, in more than twice the time.
    """
    if text.count("&") >= _MAX_FIELDS:
        raise InvalidBody(reason=f"it has more than {_MAX_FIELDS} fields")
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


def _gathered(fields: Iterable[tuple[str, str]]) -> Pairs:
    pairs: Pairs = {}
    for name, value in fields:
        if "\0" in value:
            raise InvalidParameter(name=name)
        pairs.setdefault(name, []).append(value)
    return pairs


async def _body(request: falcon.asgi.Request) -> bytes:
    whole = request.whole_body if isinstance(request, Request) else None
    if whole is not None and CUT_OFF not in request.scope and len(whole) <= MAX_BODY_BYTES:
        return whole
    if request.content_length == 0:
        return b""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream:
        size += len(chunk)
        if size <= MAX_BODY_BYTES:
            chunks.append(chunk)
        elif size > _MAX_DRAINED_BYTES:
            break
    if CUT_OFF in request.scope:
        raise InvalidBody(reason="it was cut off")
    if size > MAX_BODY_BYTES:
        raise BodyTooLarge
    return b"".join(chunks)
