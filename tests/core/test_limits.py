"""A published limit that is exceeded refuses, unless limits are relaxed; then it is noted."""

import pytest

from parlour.core.errors import AttributesTooLong, BodyTooLong, FriendlyNameTooLong
from parlour.core.fields import KB, MAX_KEY_BYTES, Bytes, JsonText, Text
from parlour.core.limits import exceeded, relaxed


def test_a_limit_refuses_with_the_error_it_was_given() -> None:
    with pytest.raises(FriendlyNameTooLong):
        exceeded(FriendlyNameTooLong())


def test_a_relaxed_limit_is_noted_and_the_call_goes_on() -> None:
    with relaxed() as noted:
        exceeded(FriendlyNameTooLong())
        exceeded(BodyTooLong())
    assert [type(each) for each in noted] == [FriendlyNameTooLong, BodyTooLong]


def test_limits_refuse_again_after_the_block_even_if_it_failed() -> None:
    with pytest.raises(ZeroDivisionError), relaxed():
        raise ZeroDivisionError
    with pytest.raises(BodyTooLong):
        exceeded(BodyTooLong())


def test_each_block_has_notes_of_its_own() -> None:
    with relaxed() as outer, relaxed() as inner:
        exceeded(BodyTooLong())
    assert (len(outer), len(inner)) == (0, 1)


def test_sizes_are_relaxed_and_what_is_read_stays_whole() -> None:
    long = '"' + "x" * KB + '"'
    with relaxed() as noted:
        assert Text(3, too_long=FriendlyNameTooLong).read("Field", ["four"]) == "four"
        assert Bytes(3, too_long=BodyTooLong).read("Field", ["four"]) == "four"
        assert JsonText(KB).read("Field", [long]) == long
    assert [type(each) for each in noted] == [FriendlyNameTooLong, BodyTooLong, AttributesTooLong]


def test_a_key_is_never_longer_than_an_index_takes() -> None:
    reader = Text(256, too_long=FriendlyNameTooLong, key=True)
    with relaxed() as noted:
        assert len(reader.read("Field", ["é" * (MAX_KEY_BYTES // 2)])) == MAX_KEY_BYTES // 2
        with pytest.raises(FriendlyNameTooLong):
            reader.read("Field", ["é" * (MAX_KEY_BYTES // 2) + "x"])
    assert len(noted) == 1
