"""The list of differences: the page for people says the same, and every entry concerns something that exists."""

import re
from pathlib import Path

import pytest

from parlour.compat.differences import DIFFERENCES, Difference, Kind, differences_of, parts
from parlour.compat.differences.entry import IN_BOTH_FORMS
from parlour.contract.rest import Verb
from tests.conformance.published import PUBLISHED

PAGE = (Path(__file__).parents[2] / "docs" / "differences.md").read_text(encoding="utf-8")
HEADINGS = {
    "Where parlour is different": Kind.KNOWN,
    "Where the sources disagree": Kind.DISAGREEMENT,
    "Where the sources are silent": Kind.CHOICE,
}
by_name = pytest.mark.parametrize("entry", DIFFERENCES, ids=lambda entry: entry.name)


def told(kind: Kind) -> dict[str, str]:
    """What the page says under the heading of *kind*: the text of each entry by its name."""
    chapters = re.split(r"^## (.+)$", PAGE, flags=re.MULTILINE)[1:]
    text = next(text for heading, text in zip(chapters[::2], chapters[1::2], strict=True) if HEADINGS[heading] is kind)
    bullets = re.findall(r"^\* \*\*(.+?)\*\*: (.+(?:\n  .+)*)", text, re.MULTILINE)
    rows = re.findall(r"^\| (.+?) +\| .+? +\| (.+?) +\|$", text, re.MULTILINE)[1:]
    return {name: " ".join(words.split()) for name, words in [*bullets, *rows] if not name.startswith("-")}


def test_names_are_unique() -> None:
    names = [entry.name for entry in DIFFERENCES]
    assert len(names) > 50
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_page_has_the_same_entries_in_the_same_order(kind: Kind) -> None:
    assert list(told(kind)) == [entry.name for entry in DIFFERENCES if entry.kind is kind]


@by_name
def test_the_page_begins_an_entry_with_the_same_sentence(entry: Difference) -> None:
    assert entry.text.endswith(".")
    assert told(entry.kind)[entry.name].startswith(entry.text)


@by_name
def test_an_entry_concerns_operations_that_are_published(entry: Difference) -> None:
    for pattern in entry.where:
        *verbs, resource = pattern.split()
        assert set(verbs) <= {verb.lower() for verb in Verb}
        concerned = Difference(entry.name, entry.kind, entry.text, (pattern,)).concerns
        found = {parts(id) for id in PUBLISHED if concerned(id)}
        assert resource == "*" or {verb.lower() for verb, _ in found} >= set(verbs)
        assert found, pattern


@by_name
def test_an_entry_hangs_on_parameters_that_are_published(entry: Difference) -> None:
    assert set(entry.only_with) <= {name for each in PUBLISHED.values() for name in each.form}


@pytest.mark.parametrize("id", [id for id in PUBLISHED if parts(id)[0] is Verb.DELETE])
def test_a_deletion_which_answers_nothing_does_not_differ_in_what_answers_show(id: str) -> None:
    names = {entry.name for entry in differences_of(id)}
    assert not names & {"Media", "Content templates", "Delivery", "Presence", "Freshness", "Links"}
    assert not names & {"Date of update of a message", "Words of a trigger", "ReplayAfter", "Sandbox of a credential"}


def test_a_conversation_made_with_its_participants_differs_as_either_made_alone() -> None:
    alone = {*differences_of("CreateConversation"), *differences_of("CreateConversationParticipant")}
    missing = {entry.name for entry in alone - {*differences_of("CreateConversationWithParticipants")}}
    of_one_that_was_there = {"A write on a closed conversation", "Closed conversations", "Waking up", "Coming back"}
    assert missing == {*of_one_that_was_there, "Links"}  # its links lack the one that leads nowhere


def test_the_resources_with_two_forms_are_those_of_the_published_paths() -> None:
    short = {id for id, each in PUBLISHED.items() if not each.path.startswith("/v1/Services/{ChatServiceSid}")}
    twins = {id for id in PUBLISHED for verb in Verb if id.replace(f"{verb}Service", verb.value, 1) in short - {id}}
    # Configuration has a namesake in the services that is another resource.
    assert {parts(id)[1] for id in twins} - {"ServiceConfiguration"} == IN_BOTH_FORMS
    assert parts("FetchServiceConfiguration") == (Verb.FETCH, "ServiceConfiguration")


def test_both_forms_of_an_operation_differ_alike() -> None:
    assert differences_of("ListServiceUser") == differences_of("ListUser")
    names = {entry.name for entry in differences_of("CreateUser")}
    assert "Reserved identity" in names
    assert "Deleting a user" not in names
    assert "Order of SIDs" in names
