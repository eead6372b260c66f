"""What a terminal would obey is written out, once, and a document of JSON stays the same document."""

import json

import pytest

from parlour.core.visible import visible, visible_json

COMMANDS = [*range(0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("a\r\n\tb\x7f", "a\\r\\n\\tb\\x7f"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\udcff", "\\udcff"),
        ("Grüße, 世界 👩\u200d👩\u200d👧 C:\\temp", "Grüße, 世界 👩\u200d👩\u200d👧 C:\\temp"),
    ],
)
def test_control_characters_are_written_out_and_all_else_stays(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert visible(visible(text)) == shown


def test_a_document_has_no_control_character_and_the_same_content() -> None:
    content = {"".join(map(chr, COMMANDS)): ["".join(map(chr, COMMANDS)), "Grüße 👧"]}
    text = visible_json(json.dumps(content, ensure_ascii=False, indent=1))
    assert json.loads(text) == content
    assert not {chr(code) for code in COMMANDS if code != 0x0A} & set(text)
