"""Parameter types: what is read, what is refused and with which error, at the limits and one step beyond."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from parlour.core.errors import (
    ApiError,
    AttributesNotJson,
    AttributesTooLong,
    BodyTooLong,
    FriendlyNameMissing,
    FriendlyNameTooLong,
    IdentityLooksLikeSid,
    InactiveTimerTooShort,
    InvalidDateCreated,
    InvalidInactiveTimer,
    InvalidLastReadIndex,
    InvalidParameter,
    InvalidRoleType,
    InvalidState,
    MissingParameter,
    StateEmpty,
)
from parlour.core.fields import (
    Bytes,
    Choice,
    Clearable,
    Flag,
    JsonText,
    LastMoment,
    Many,
    Moment,
    Reader,
    SidOf,
    Text,
    Whole,
    named,
)
from parlour.core.sids import Prefix
from parlour.core.timer_fields import Duration, Timer

HEX = "0123456789abcdef" * 2
TIMER = Timer(timedelta(minutes=1), too_short=InactiveTimerTooShort, malformed=InvalidInactiveTimer)


class Mood(StrEnum):
    GOOD = "good"
    BAD = "bad"
    HIDDEN = "hidden"


def read(reader: Reader, *values: str) -> Any:
    return reader.read("Field", values)


def refusal(reader: Reader, *values: str) -> type[ApiError]:
    with pytest.raises(ApiError) as refused:
        read(reader, *values)
    return type(refused.value)


def test_text_counts_characters_not_bytes() -> None:
    reader = Text(3, too_long=FriendlyNameTooLong)
    assert read(reader, "éñ😀") == "éñ😀"
    assert refusal(reader, "éñ😀x") is FriendlyNameTooLong


def test_text_may_be_empty_unless_an_error_says_no() -> None:
    assert read(Text(3), "") == ""
    assert refusal(Text(3, empty=FriendlyNameMissing), "") is FriendlyNameMissing
    assert refusal(Text(3, too_long=FriendlyNameTooLong, empty=MissingParameter), "") is MissingParameter


def test_text_runs_the_check_it_was_given() -> None:
    def check(value: str) -> None:
        if value == "x":
            raise IdentityLooksLikeSid

    assert read(Text(3, check=check), "y") == "y"
    assert refusal(Text(3, check=check), "x") is IdentityLooksLikeSid


def test_a_wrong_value_is_refused_under_the_name_of_its_parameter() -> None:
    with pytest.raises(InvalidParameter, match=r"^Invalid parameter Field$"):
        read(Text(1), "xx")


def test_of_repeated_values_the_last_counts() -> None:
    assert read(Text(3), "a", "b") == "b"


def test_bytes_counts_utf8() -> None:
    reader = Bytes(4, too_long=BodyTooLong)
    assert read(reader, "éé") == "éé"
    assert refusal(reader, "éé.") is BodyTooLong


def test_json_text_is_kept_byte_for_byte() -> None:
    assert read(JsonText(100), ' {"b" : 1,  "a":[1.0,1e2]} ') == ' {"b" : 1,  "a":[1.0,1e2]} '


@pytest.mark.parametrize("limit", [16, 4096])
def test_json_text_counts_utf8(limit: int) -> None:
    text = json.dumps("é" * ((limit - 2) // 2), ensure_ascii=False)
    assert len(text.encode()) == limit
    assert read(JsonText(limit), text) == text
    assert refusal(JsonText(limit), text + " ") is AttributesTooLong


@given(st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))  # fmt: skip
def test_every_json_text_is_accepted(value: object) -> None:
    for text in (json.dumps(value, indent=1), json.dumps(value, ensure_ascii=False)):
        assert read(JsonText(10**6), text) == text


@pytest.mark.parametrize(
    "text",
    ["", " ", "{", "}", "{]", '{"a":1,}', '{"a"}', "{a:1}", "{1:2}", "[1 2]", "[,1]", "'a'", '"', '"\n"', '"\\x"',
     '"\\u12"', "nul", "nullx", "True", "NaN", "Infinity", "01", "1.", ".5", "+1", "1e", "-", "0x1", "{} {}",
     "\ufeff{}", "[" * 5000 + "]" * 5000],
)  # fmt: skip
def test_anything_else_is_no_json_text(text: str) -> None:
    assert refusal(JsonText(10**6), text) is AttributesNotJson


def test_a_choice_is_read_in_any_letter_case() -> None:
    reader = Choice(Mood, InvalidRoleType)
    assert [read(reader, text) for text in ("good", "GOOD", "gOOd")] == [Mood.GOOD] * 3


@pytest.mark.parametrize("text", ["", "goo", "good ", "GOODS", "good\n"])
def test_a_choice_refuses_other_words(text: str) -> None:
    assert refusal(Choice(Mood, InvalidRoleType), text) is InvalidRoleType


def test_a_choice_may_leave_out_a_word_and_have_an_error_for_emptiness() -> None:
    reader = Choice(Mood, InvalidState, empty=StateEmpty, but=Mood.HIDDEN)
    assert refusal(reader, "hidden") is InvalidState
    assert refusal(reader, "") is StateEmpty
    assert reader.schema()["enum"] == ["good", "bad"]


@pytest.mark.parametrize("text", ["0", "7", "007", str(2**63 - 1)])
def test_whole_numbers_are_read(text: str) -> None:
    assert read(Whole(), text) == int(text)


@pytest.mark.parametrize("text", ["", " 1", "1 ", "-1", "+1", "1.0", "1e2", "x", "１", "٣", str(2**63), "9" * 5000])
def test_other_numbers_are_refused(text: str) -> None:
    assert refusal(Whole(InvalidLastReadIndex), text) is InvalidLastReadIndex


def test_a_flag_is_read_in_any_letter_case() -> None:
    assert [read(Flag(), text) for text in ("true", "TRUE", "false", "False")] == [True, True, False, False]


@pytest.mark.parametrize("text", ["", "1", "0", "yes", "null", "true ", "truee"])
def test_a_flag_refuses_other_words(text: str) -> None:
    assert refusal(Flag(), text) is InvalidParameter


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-01T10:11:12Z", datetime(2026, 5, 1, 10, 11, 12, tzinfo=UTC)),
        ("2026-05-01T10:11:12", datetime(2026, 5, 1, 10, 11, 12, tzinfo=UTC)),
        ("2026-05-01T10:11:12.987654Z", datetime(2026, 5, 1, 10, 11, 12, tzinfo=UTC)),
        ("2026-05-01T10:11:12.9+02:00", datetime(2026, 5, 1, 8, 11, 12, tzinfo=UTC)),
        ("2026-05-01T01:00:00-05:30", datetime(2026, 5, 1, 6, 30, tzinfo=UTC)),
        ("2026-05-01 10:11:12Z", datetime(2026, 5, 1, 10, 11, 12, tzinfo=UTC)),
        ("2026-05-01", datetime(2026, 5, 1, tzinfo=UTC)),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_a_moment_becomes_utc_in_whole_seconds(text: str, moment: datetime) -> None:
    assert read(Moment(), text) == moment


@pytest.mark.parametrize("time", ["T10:11:12", " 10:11:12", "T10:11", "T10", "t10:11:12.345", "T101112"])
@pytest.mark.parametrize("offset", ["+00:00", "+0000", "+00", "+05:30", "+00:00:30"])
def test_a_blank_before_an_offset_is_the_plus_that_was_not_escaped(time: str, offset: str) -> None:
    for reader in (Moment(), LastMoment()):
        moment = read(reader, f"2026-05-01{time}{offset}")
        assert read(reader, f"2026-05-01{time}{offset.replace('+', ' ')}") == moment


@pytest.mark.parametrize("time", ["10", "10:11", "10:11:12", "1011", "101112"])
def test_a_blank_after_the_date_stands_before_the_time(time: str) -> None:
    for date in ("2026-05-01", "20260501", "2026-W18-5"):
        assert read(Moment(), f"{date} {time}") == read(Moment(), f"{date}T{time}")


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-1439, 1439))
def test_every_iso_moment_is_read_whatever_its_offset(moment: datetime, minutes: int) -> None:
    local, offset = moment.replace(tzinfo=None), timedelta(minutes=minutes)
    assume(1 < moment.year < 9999)
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    text = f"{local.isoformat()}{sign}{hours:02}:{rest:02}"
    assert read(Moment(), text) == (moment - offset).replace(microsecond=0)


@pytest.mark.parametrize(
    "text",
    ["", "null", "now", "2026", "2026-13-01", "2026-02-30", "2026-05-01T24:01:00Z", "2026-05-01T10:11:12+99:00",
     "01.05.2026", "2026-05-01T10:11:12  00:00", "2026-05-01T10:11:12 00:00 ", "2026-05-01T10:11:12 0",
     "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "0000-01-01", "2026-05-01T10:11:12Z\n",
     "1746093072", "0001-01-01T00:00:00Z", "0001-01-01", "0001-01-01T01:00:00.5+01:00"],
)  # fmt: skip
def test_what_is_no_moment_is_refused(text: str) -> None:
    assert refusal(Moment(InvalidDateCreated), text) is InvalidDateCreated


@pytest.mark.parametrize("day", ["2026-05-01", "20260501", "2026-W18-5"])
def test_a_last_moment_takes_a_bare_date_as_the_end_of_that_day(day: str) -> None:
    assert read(LastMoment(), day) == datetime(2026, 5, 1, 23, 59, 59, tzinfo=UTC)
    assert read(LastMoment(), f"{day}T00") == datetime(2026, 5, 1, tzinfo=UTC)
    assert read(LastMoment(), "2026-05-01T00:00:00Z") == datetime(2026, 5, 1, tzinfo=UTC)


def test_a_sid_is_read_if_it_is_of_its_kind() -> None:
    reader = SidOf(Prefix.MESSAGING_SERVICE)
    assert read(reader, f"MG{HEX}") == f"MG{HEX}"
    for text in ("", "MG", f"IS{HEX}", f"MG{HEX}0"):
        assert refusal(reader, text) is InvalidParameter


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT1M", timedelta(minutes=1)),
        ("PT60S", timedelta(minutes=1)),
        ("pt1m", timedelta(minutes=1)),
        ("P1D", timedelta(days=1)),
        ("P2W", timedelta(weeks=2)),
        ("P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("P1M", timedelta(days=30)),
        ("P1Y", timedelta(days=365)),
        ("P36500D", timedelta(days=36500)),
    ],
)
def test_a_timer_keeps_how_it_was_written_and_how_long_it_is(text: str, length: timedelta) -> None:
    assert read(TIMER, text) == Duration(text, length)


@pytest.mark.parametrize("text", ["", "PT0S", "P0D", "PT0H0M0S"])
def test_an_empty_timer_is_none(text: str) -> None:
    assert read(TIMER, text) is None


@pytest.mark.parametrize("text", ["PT59S", "PT1S", "PT0M59S"])
def test_a_timer_below_its_least_is_refused(text: str) -> None:
    assert refusal(TIMER, text) is InactiveTimerTooShort


def test_a_timer_that_was_accepted_before_is_not_measured_again() -> None:
    assert TIMER.kept("PT1S") == Duration("PT1S", timedelta(seconds=1))
    assert TIMER.kept("") is None


@pytest.mark.parametrize(
    "text",
    ["P", "PT", "P1DT", "T1M", "1M", "60", "PT1", "PT1.5M", "-PT1M", "PT-1M", "+PT1M", "PT1M ", "PT1M\n", "PT1S1M",
     "P1H", "PT٣M", "P36501D", "P999999999Y", "P9999999999D", "null", "1 hour"],
)  # fmt: skip
def test_what_is_no_duration_is_refused(text: str) -> None:
    assert refusal(TIMER, text) is InvalidInactiveTimer


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99), st.integers(60, 999))
def test_the_parts_of_a_timer_add_up(days: int, hours: int, minutes: int, seconds: int) -> None:
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    assert read(TIMER, f"P{days}DT{hours}H{minutes}M{seconds}S").length == length


@pytest.mark.parametrize("text", ["", "null"])
def test_a_clearable_value_is_cleared_by_the_empty_string_and_by_null(text: str) -> None:
    assert read(Clearable(Whole()), text) is None
    assert read(Clearable(Whole()), "3") == 3


def test_a_clearable_value_keeps_its_reader_for_all_else() -> None:
    assert read(named(), "Null") == "Null"
    assert read(named(), "x" * 256) == "x" * 256
    assert refusal(named(), "x" * 257) is FriendlyNameTooLong


@given(st.lists(st.sampled_from(["good", "bad", "GOOD", "hidden"]), min_size=1))
def test_repeated_values_collapse_and_keep_their_order(values: Sequence[str]) -> None:
    words = read(Many(Choice(Mood)), *values)
    assert words == list(dict.fromkeys(Mood(value.lower()) for value in values))


def test_one_wrong_value_among_many_is_refused() -> None:
    assert refusal(Many(Choice(Mood)), "good", "ugly") is InvalidParameter


@pytest.mark.parametrize(
    "reader",
    [Text(3), Bytes(3, too_long=BodyTooLong), JsonText(3), Choice(Mood), Whole(), Flag(), Moment(), SidOf(Prefix.USER),
     TIMER, named(), Many(Whole())],
    ids=lambda reader: type(reader).__name__,
)  # fmt: skip
def test_every_reader_describes_itself_as_a_json_schema(reader: Reader) -> None:
    schema = reader.schema()
    assert schema["type"] in ("string", "integer", "boolean", "array")
    assert json.loads(json.dumps(schema)) == schema


def test_attributes_may_hold_half_an_emoji_and_numbers_of_any_length() -> None:
    reader = JsonText(16_384)
    for text in ('"\\ud83d"', '{"n": ' + "9" * 5000 + "}", "1e999999"):
        assert reader.read("Attributes", [text]) == text


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", '{"a": NaN}', '"\t"', "01", "[1,]", "[" * 9000])
def test_what_python_would_read_but_json_does_not_know_is_refused(text: str) -> None:
    with pytest.raises(AttributesNotJson):
        JsonText(16_384).read("Attributes", [text])
