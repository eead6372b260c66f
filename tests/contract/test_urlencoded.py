"""Is URL-encoded text read as everybody else reads it?"""

from urllib.parse import parse_qsl, quote, quote_from_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parlour.contract.urlencoded import form_fields, reference
from parlour.core.errors import NotFound

_PIECES = st.one_of(
    st.text(max_size=5).map(lambda text: quote(text, safe="")),
    st.text(max_size=5).map(lambda text: text.replace("%", "")),
    st.binary(max_size=5).map(quote_from_bytes),
    st.sampled_from(["&", "=", "+", "%2B", "%26", "%3d", ";", "%C3%A9", "%E9", "%00", " "]),
)


@given(st.lists(_PIECES, max_size=30).map("".join), st.sampled_from(["utf_8", "latin_1", "cp1252", "utf_16"]))
@example("a=%C3é%A9", "utf_8")
@example("&&=&a&a=&a==b", "utf_8")
def test_a_form_is_read_as_the_standard_library_reads_it(text: str, charset: str) -> None:
    try:
        expected = parse_qsl(text, keep_blank_values=True, errors="strict", encoding=charset)
    except UnicodeError:
        with pytest.raises(UnicodeError):
            form_fields(text, charset)
    else:
        assert form_fields(text, charset) == expected


@pytest.mark.parametrize("segment", ["\0", "a\0", "%00", "a%00%41", "%", "%4", "%C3"])
def test_a_segment_that_can_name_nothing_is_not_found(segment: str) -> None:
    with pytest.raises(NotFound):
        reference(segment)
