"""Webhook events: which there are, which filters may name, and which URLs may be called."""

import pytest

from parlour.core.errors import InvalidParameter, MissingParameter
from parlour.core.webhook_events import CONVERSATION_EVENTS, EVENTS, Filters, PostEvent, PreEvent, WebhookUrl

FILTERS = Filters(CONVERSATION_EVENTS, MissingParameter)
EVERY_PRE_EVENT = [event.value for event in PreEvent]
URL = WebhookUrl(40, error=InvalidParameter, too_long=MissingParameter)


def test_there_are_ten_events_before_and_thirteen_after_an_action() -> None:
    assert (len(PreEvent), len(PostEvent), len(set(EVENTS))) == (10, 13, 23)


def test_every_pre_event_has_a_post_event_of_the_same_root() -> None:
    after = {"Add": "Added", "Update": "Updated", "Remove": "Removed"}
    for event in PreEvent:
        stem, verb = next((event.value.removesuffix(verb), verb) for verb in after if event.value.endswith(verb))
        assert stem + after[verb] in list(PostEvent)


def test_conversations_hear_of_no_users_and_of_nothing_beforehand() -> None:
    assert len(CONVERSATION_EVENTS) == 11
    assert not [event for event in CONVERSATION_EVENTS if "User" in event or str(event) in EVERY_PRE_EVENT]


def test_filters_keep_the_order_given_and_each_name_once() -> None:
    read = FILTERS.read("Filters", ["onMessageAdded", "onConversationAdded", "onMessageAdded"])
    assert read == ["onMessageAdded", "onConversationAdded"]


def test_names_are_taken_in_any_letter_case_and_kept_as_published() -> None:
    assert FILTERS.read("Filters", ["onmessageadded", "ONMESSAGEADDED"]) == ["onMessageAdded"]


def test_one_empty_filter_means_none() -> None:
    assert FILTERS.read("Filters", [""]) == []


@pytest.mark.parametrize("name", ["onMessageAdd", "onUserAdded", "onMessageSent", "", " "])
def test_a_name_that_is_not_allowed_refuses_the_whole_list(name: str) -> None:
    with pytest.raises(MissingParameter):
        FILTERS.read("Filters", ["onMessageAdded", name])


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.org/a?b=c#d",
        "http://localhost:8080",
        "HTTPS://EXAMPLE.ORG",
        "http://user:secret@example.org/",
        "http://[::1]:8080/hook",
        "http://127.0.0.1",
        "https://bücher.example/straße",
    ],
)
def test_urls_with_a_host_are_kept_as_they_were_written(url: str) -> None:
    assert URL.read("Url", [url]) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org/hook",
        "//example.org/hook",
        "/hook",
        "ftp://example.org",
        "javascript:alert(1)",
        "http:",
        "http://",
        "http:///hook",
        "http://:8080/hook",
        "http://user@/hook",
        "http://[::1/hook",
        "http://example.org:port",
        "http://example.org:0",
        "http://example.org:65536",
        " http://example.org",
        "http://example.org/a b",
        "http://example.org/\n",
        "http://exam\tple.org/",
        "http://example.org/\x00",
        "http://example.org/\u2028",
        "http://inside.example\\@example.org/",
    ],
)
def test_what_is_no_absolute_http_url_with_a_host_is_refused(url: str) -> None:
    with pytest.raises(InvalidParameter):
        URL.read("Url", [url])


def test_a_url_has_a_longest_length_with_an_error_of_its_own() -> None:
    longest = "http://example.org/".ljust(40, "a")
    assert URL.read("Url", [longest]) == longest
    with pytest.raises(MissingParameter):
        URL.read("Url", [longest + "a"])
