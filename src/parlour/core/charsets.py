"""Charsets: bytes from outside become text only where each of them is understood; none is guessed or replaced."""

import codecs
import re
from encodings import normalize_encoding
from encodings.aliases import aliases

UTF_8 = "utf_8"
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^\s;"]+)', re.IGNORECASE)
_NO_CHARSETS = ("mbcs", "rot_13", "utf_7")
"""What Python has among its codecs and is none, or can hold halves of characters."""
_KNOWN = {name for name in aliases.values() if name not in _NO_CHARSETS and not name.endswith("_codec")} | {"koi8_u"}
_MARKS = (
    (codecs.BOM_UTF8, "utf_8_sig"),
    (codecs.BOM_UTF32_LE, "utf_32"),
    (codecs.BOM_UTF32_BE, "utf_32"),
    (codecs.BOM_UTF16_LE, "utf_16"),
    (codecs.BOM_UTF16_BE, "utf_16"),
)
"""Byte-order marks, the longer ones first, and the codecs that skip them."""


class UnknownCharset(ValueError):
    """There is no charset of that name."""


class NotText(ValueError):
    """These bytes are no text in that charset."""


def declared(content_type: str) -> str | None:
    """The charset that a Content-Type names, if it names one; raises UnknownCharset."""
    found = _CHARSET.search(content_type)
    if found is None:
        return None
    name = normalize_encoding(found[1]).lower()
    codec = aliases.get(name, name)
    if codec not in _KNOWN:
        raise UnknownCharset(f"there is no charset {found[1][:40]!a}")
    return codec


def decoded(raw: bytes, codec: str = UTF_8, *, is_whole: bool = True) -> str:
    """The text of *raw*, without its byte-order mark, which counts for more than *codec*; raises NotText.

    Where *raw* is not the whole, half a character at its end is left out.
    """
    if codec == UTF_8 and raw.isascii():
        return raw.decode("ascii")
    codec = next((marked for mark, marked in _MARKS if raw.startswith(mark)), codec)
    try:
        return codecs.getincrementaldecoder(codec)("strict").decode(raw, is_whole)
    except UnicodeError:
        raise NotText(f"it is not {shown(codec)}") from None


def shown(codec: str) -> str:
    """The name of a charset as people write it."""
    return codec.removesuffix("_sig").removesuffix("-sig").replace("_", "-").upper()


def escaped(raw: bytes) -> str:
    r"""*raw* to be looked at: as UTF-8, with what is none as ``\xff``."""
    return raw.decode("utf-8", "backslashreplace")
