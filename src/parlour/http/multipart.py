"""Multipart: the fields of a ``multipart/form-data`` body, as some clients send every form."""

from collections.abc import Iterator
from io import BytesIO

import falcon
from falcon.media import MultipartFormHandler
from falcon.media.multipart import BodyPart, MultipartParseOptions
from falcon.util.mediatypes import parse_header

from parlour.core.charsets import UTF_8, NotText, UnknownCharset, declared, decoded
from parlour.core.errors import InvalidBody

MULTIPART = "multipart/form-data"
_MAX_PART_HEAD_BYTES = 4096
"""Bytes of the header fields of one part."""
_REASONS = {
    "boundary": "its Content-Type has no boundary of 1 to 70 characters",
    "unexpected form structure": "a part does not end with the boundary, or there is none",
    "incomplete body part headers": f"the head of a part does not end, or has more than {_MAX_PART_HEAD_BYTES} bytes",
    "transfer-encoding": "a part has a Content-Transfer-Encoding; only binary is taken",
    "maximum number": "it has more than {limit} fields",
}
"""What is answered, by a part of what falcon says."""


def multipart_fields(body: bytes, content_type: str, limit: int) -> list[tuple[str, str]]:
    """Names and texts of the parts in their order; raises InvalidBody for more than *limit* and for everything else."""
    options = MultipartParseOptions()
    options.max_body_part_count = limit
    options.max_body_part_headers_size = _MAX_PART_HEAD_BYTES
    options.max_body_part_buffer_size = len(body)
    try:
        parts = MultipartFormHandler(options).deserialize(BytesIO(body), content_type, len(body))
        return list(_fields(iter(parts)))
    except falcon.HTTPError as error:
        raise InvalidBody(reason=_reason(error, limit)) from None
    except UnicodeDecodeError:
        raise InvalidBody(reason="the header fields of a part are not UTF-8") from None


def _fields(parts: Iterator[BodyPart]) -> Iterator[tuple[str, str]]:
    for part in parts:
        name = part.name
        if name is None:
            raise InvalidBody(reason="a part has no name")
        if _is_file(part):
            raise InvalidBody(reason=f"{name} is a file; only texts are taken")
        yield name, _text(name, part)


def _is_file(part: BodyPart) -> bool:
    """Whether the part names a file, in whatever way and however badly: ``filename*=garbage``, too."""
    _, said = parse_header(part._headers.get(b"content-disposition", b"").decode())
    return any(name.startswith("filename") for name in said)


def _text(name: str, part: BodyPart) -> str:
    kind, _ = parse_header(part.content_type)
    if kind.lower() != "text/plain":
        raise InvalidBody(reason=f"{name} is {kind}; only text/plain is taken")
    try:
        return decoded(part.get_data(), declared(part.content_type) or UTF_8)
    except (UnknownCharset, NotText) as error:
        raise InvalidBody(reason=f"{name}: {error}") from None


def _reason(error: falcon.HTTPError, limit: int) -> str:
    """What falcon found, in the words of this server."""
    said = (error.description or error.title or "").lower()
    return next((reason for words, reason in _REASONS.items() if words in said), said).replace("{limit}", str(limit))
