"""Visible text: escapes what a terminal would obey instead of showing it."""

import re

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""The control characters (C0, DEL, C1), those that turn the direction of text, other ends of lines, half characters."""
_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""Those of them that may stand in a string of JSON as they are."""


def visible(text: str) -> str:
    """*text* as one line: ``\\x1b`` stands for an escape. What was made visible before is not changed again."""
    return _CONTROLS.sub(_written_out, text)


def visible_json(text: str) -> str:
    """A JSON document with the same content, which a terminal shows as it is; its own line breaks stay."""
    return _IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    return {9: "\\t", 10: "\\n", 13: "\\r"}.get(code) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
