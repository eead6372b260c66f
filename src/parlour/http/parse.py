"""Parsing: from the body and the query of a request to pairs."""

from typing import Any

import falcon.asgi

from parlour.contract import urlencoded
from parlour.contract.urlencoded import MAX_FIELDS, Pairs, gathered
from parlour.core.charsets import UTF_8, UnknownCharset, declared
from parlour.core.errors import BodyTooLarge, InvalidBody, UnsupportedMediaType
from parlour.http.multipart import MULTIPART, multipart_fields

CUT_OFF = "parlour.cut_off"
"""A key of the ASGI scope, which the server sets when the connection ended before the body did."""
MAX_BODY_BYTES = 1024 * 1024
"""Bytes. The largest valid request has some 60 KB of text, which percent-encoding can triple."""
_MAX_DRAINED_BYTES = 64 * 1024 * 1024
"""A body that is too large is read on to this size, so that the client gets to see the answer."""


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
        return gathered(multipart_fields(body, said, MAX_FIELDS))
    if content_type not in ("", "application/x-www-form-urlencoded"):
        raise UnsupportedMediaType
    try:
        return urlencoded.pairs(body, declared(said) or UTF_8)
    except UnknownCharset:
        raise UnsupportedMediaType from None


def query_pairs(request: falcon.asgi.Request) -> Pairs:
    """The query string, in which an empty value counts as not sent; raises InvalidBody, InvalidParameter.

    That is the rule for all parameters of all queries, so that no reader has to think of it.
    """
    pairs = urlencoded.pairs(request.scope["query_string"])
    given = {name: [value for value in values if value] for name, values in pairs.items()}
    return {name: values for name, values in given.items() if values}


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
