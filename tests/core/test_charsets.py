"""Charsets: what is declared is honoured, a mark is skipped, and nothing is ever replaced."""

import codecs

import pytest

from parlour.core.charsets import UTF_8, NotText, UnknownCharset, declared, decoded, escaped


@pytest.mark.parametrize(
    ("content_type", "codec"),
    [
        ("", None),
        ("text/plain", None),
        ("text/plain; charset=utf-8", UTF_8),
        ('application/json;CharSet="UTF8"', UTF_8),
        ("text/plain; charset=ISO-8859-1; x=y", "latin_1"),
        ("text/plain; charset=windows-1252", "cp1252"),
        ("text/plain; charset=UTF-16LE", "utf_16_le"),
        ("text/plain; charset=Shift_JIS", "shift_jis"),
        ("text/plain; charset=koi8-u", "koi8_u"),
    ],
)
def test_a_charset_is_declared(content_type: str, codec: str | None) -> None:
    assert declared(content_type) == codec


@pytest.mark.parametrize("name", ["nonsense", "rot13", "zlib", "base64", "utf-7", "idna", "unicode_escape", "x" * 5000])
def test_what_is_no_charset_is_refused(name: str) -> None:
    with pytest.raises(UnknownCharset):
        declared(f"text/plain; charset={name}")


@pytest.mark.parametrize("codec", [UTF_8, "latin_1", "cp1252", "utf_16_le", "ascii"])
@pytest.mark.parametrize(
    ("mark", "marked"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_mark_counts_for_more_and_is_skipped(mark: bytes, marked: str, codec: str) -> None:
    assert decoded(mark + "né😀".encode(marked), codec) == "né😀"


@pytest.mark.parametrize(
    ("raw", "codec"),
    [(b"caf\xe9", UTF_8), (b"\xed\xa0\x80", UTF_8), (b"caf\xe9", "ascii"), (b"\x81", "cp1252"), (b"a", "utf_16_le"),
     (b"\x00\xd8", "utf_16_le"), (b"\xff\xfea", UTF_8)],
)  # fmt: skip
def test_what_is_no_text_is_refused(raw: bytes, codec: str) -> None:
    with pytest.raises(NotText):
        decoded(raw, codec)


def test_half_a_character_at_the_end_is_left_out_only_of_a_part() -> None:
    assert decoded("aé".encode()[:2], is_whole=False) == "a"
    with pytest.raises(NotText):
        decoded("aé".encode()[:2])


def test_bytes_are_shown_where_they_are_no_text() -> None:
    assert escaped("é".encode() + b"\xff") == r"é\xff"
