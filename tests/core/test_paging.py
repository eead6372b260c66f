"""Page tokens: they bring back the position they were made for, in the list they were made for, and nothing else."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from parlour.core.errors import InvalidPageToken
from parlour.core.paging import PageKey, PageTokenCodec

TOKENS = PageTokenCodec(b"a secret")
KEYS = st.tuples(
    st.text() | st.integers(-(2**63), 2**63 - 1) | st.datetimes(timezones=st.just(UTC)), st.text(), st.text()
)
PARENTS = st.lists(st.text(), max_size=3).map(tuple)


@given(KEYS, st.booleans(), PARENTS, st.binary())
def test_a_token_decodes_to_what_was_encoded(
    keys: Any, backward: bool, parents: tuple[str, ...], context: bytes
) -> None:
    token = TOKENS.encode(PageKey(keys, backward), parents, context)
    position, opened_parents = TOKENS.decode(token, context)
    assert position == PageKey(keys, backward)
    assert [type(key) for key in position.keys] == [type(key) for key in keys]
    assert opened_parents == parents


@given(KEYS, st.booleans(), PARENTS, st.binary())
def test_a_token_is_safe_in_a_url(keys: Any, backward: bool, parents: tuple[str, ...], context: bytes) -> None:
    token = TOKENS.encode(PageKey(keys, backward), parents, context)
    assert token.startswith("PT")
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(KEYS, PARENTS, st.binary(), st.binary())
def test_a_token_does_not_open_in_another_list(
    keys: Any, parents: tuple[str, ...], context: bytes, other: bytes
) -> None:
    assume(context != other)
    token = TOKENS.encode(PageKey(keys), parents, context)
    with pytest.raises(InvalidPageToken):
        TOKENS.decode(token, other)


@given(KEYS, PARENTS, st.binary())
def test_a_token_of_another_secret_does_not_open(keys: Any, parents: tuple[str, ...], context: bytes) -> None:
    token = PageTokenCodec(b"another secret").encode(PageKey(keys), parents, context)
    with pytest.raises(InvalidPageToken):
        TOKENS.decode(token, context)


@given(st.data(), KEYS, PARENTS)
def test_an_altered_token_opens_to_nothing_else(data: st.DataObject, keys: Any, parents: tuple[str, ...]) -> None:
    position = PageKey(keys)
    token = TOKENS.encode(position, parents, b"list")
    place = data.draw(st.integers(0, len(token) - 1))
    altered = token[:place] + data.draw(st.characters()) + token[place + 1 :]
    try:
        opened = TOKENS.decode(altered, b"list")
    except InvalidPageToken:
        return
    assert opened == (position, parents)  # the last character has bits that mean nothing


@given(st.text() | st.text().map(lambda text: "PT" + text) | st.binary().map(lambda raw: "PT" + raw.hex()))
def test_what_was_never_a_token_is_refused(text: str) -> None:
    with pytest.raises(InvalidPageToken):
        TOKENS.decode(text, b"list")


@pytest.mark.parametrize("cut", [0, 1, 2, 10, 20, 23, 24, 30])
def test_the_start_of_a_token_is_no_token(cut: int) -> None:
    token = TOKENS.encode(PageKey((datetime(2026, 5, 1, tzinfo=UTC), "US1")), (), b"list")
    with pytest.raises(InvalidPageToken):
        TOKENS.decode(token[:cut], b"list")
