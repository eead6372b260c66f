"""What is counted of a call, and under which names."""

import pytest

from parlour.compat.usage_counts import MAX_NAME_LENGTH, CountedCall, Subject, names_of, printable, sdk_of


def test_a_call_counts_for_its_operation_its_library_and_each_parameter() -> None:
    call = CountedCall(
        "CreateUser", "twilio-java/10.1.0 (Linux amd64) Java/17", ("Identity", "Attributes"), ("Colour",), 50207
    )
    assert names_of(call, 3) == {
        (Subject.OPERATION, "CreateUser"): 3,
        (Subject.SDK, "twilio-java 10.1.0"): 3,
        (Subject.PARAMETER, "CreateUser Identity"): 3,
        (Subject.PARAMETER, "CreateUser Attributes"): 3,
        (Subject.UNKNOWN_PARAMETER, "CreateUser Colour"): 3,
        (Subject.ERROR, "CreateUser 50207"): 3,
    }


def test_a_call_that_succeeds_counts_for_no_error() -> None:
    assert set(names_of(CountedCall("ListUser", ""), 1)) == {(Subject.OPERATION, "ListUser"), (Subject.SDK, "other")}


@pytest.mark.parametrize(
    ("agent", "sdk"),
    [
        ("twilio-python/9.8.0 (Linux x86_64) Python/3.11.2", "twilio-python 9.8.0"),
        ("twilio-node/6.0.1 (linux x64) node/20.9.0", "twilio-node 6.0.1"),
        ("twilio-csharp/7.8.0 (Windows 10) .NET/8.0", "twilio-csharp 7.8.0"),
        ("twilio-php/8.3.0-rc.1 (Linux) PHP/8.2", "twilio-php 8.3.0-rc.1"),
        ("curl/8.5.0", "curl 8.5.0"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "Mozilla 5.0"),
        ("", "other"),
        ("my program", "other"),
        ("<script>/1", "other"),
        ("a/" + "1" * 31, "other"),
        ("a" * 42 + "/1", "other"),
        ("a/1<b>", "other"),
    ],
)
def test_the_library_is_what_the_user_agent_begins_with(agent: str, sdk: str) -> None:
    assert sdk_of(agent) == sdk


def test_a_name_is_cut_and_loses_what_cannot_be_shown() -> None:
    assert printable("é" * 100) == "é" * MAX_NAME_LENGTH
    assert printable("a\0b\nc\u2028") == "a?b?c?"
