"""Answers: the text of what a receiver sent back, or why it has none."""

import json
from collections.abc import Mapping

from parlour.core.charsets import NotText, UnknownCharset, declared, decoded, escaped


def text_of(body: bytes, headers: Mapping[str, str], *, is_whole: bool) -> tuple[str, str | None]:
    r"""The text of *body*, and why it could not be read, if so; then the bytes beyond UTF-8 are shown as ``\xff``.

    It is in the charset that its type declares, otherwise in the one of UTF-8, UTF-16 and UTF-32 that JSON begins in.
    """
    packed = headers.get("Content-Encoding", "").strip().lower() or "identity"
    if body and packed != "identity":
        return escaped(body), f"the body is compressed ({packed[:40]!a}), which was not asked for"
    try:
        codec = declared(headers.get("Content-Type", "")) or json.detect_encoding(body)
        return decoded(body, codec, is_whole=is_whole), None
    except (NotText, UnknownCharset) as reason:
        return escaped(body), f"the body cannot be read: {reason}"


def storable(text: str) -> str:
    """*text* with escapes in place of what the database cannot hold: NUL and halves of characters."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", r"\x00").encode("utf-8", "backslashreplace").decode()
