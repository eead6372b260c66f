"""No webhook tells less than the row: each of its fields is told, or is known to be told by no event."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import msgspec
import pytest

from parlour.contract.webhook import AnnouncedFact, Parameters, moment
from parlour.core.webhook_events import EVENTS, PostEvent, PreEvent
from parlour.resources.conversations.model import Conversation
from parlour.resources.messages.model import Message
from parlour.resources.participants.model import Participant
from parlour.resources.receipts.model import Receipt
from parlour.resources.users.model import SeenUser, User
from tests.webhooks.published import NAMED_OTHERWISE, NOT_PUBLISHED, PUBLISHED
from tools.events import announcements, questions, sample

ROWS: tuple[type[msgspec.Struct], ...] = (Conversation, Message, Participant, Receipt, SeenUser)
Event = PreEvent | PostEvent


def row_of(model: type[msgspec.Struct]) -> Any:
    """A row in which every field has a value that no other has, as far as its type allows."""
    model = SeenUser if model is User else model
    row = msgspec.structs.asdict(sample(model))
    for number, (name, value) in enumerate(row.items()):
        if isinstance(value, str):
            row[name] = f"{name} as text"
        elif isinstance(value, datetime):
            row[name] = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
        elif isinstance(value, int) and not isinstance(value, bool):
            row[name] = 1000 + number
    return model(**row)


@cache
def told() -> dict[Event, tuple[type[msgspec.Struct], Parameters]]:
    """By the event: what kind of row it is about, and what it tells of ``row_of`` that."""
    found: dict[Event, tuple[type[msgspec.Struct], Parameters]] = {}
    for question, model in questions():
        found[question.event] = (model, question.parameters(row_of(model)))
    for fact, announced in announcements().items():
        about = msgspec.structs.fields(fact)[0]
        for each in announced:
            holds = msgspec.structs.replace(sample(fact), **{about.name: row_of(about.type)})
            happened = AnnouncedFact(holds, "IS", datetime(2026, 2, 2, tzinfo=UTC), "messaging_service_sid as text")
            found[each.event] = (about.type, each.parameters(happened))
    return found


def field_of(parameter: str, model: type[msgspec.Struct]) -> str | None:
    """The field of the row that *parameter* tells."""
    name = NAMED_OTHERWISE.get(parameter) or re.sub("(?<!^)([A-Z])", r"_\1", parameter).lower()
    fields = model.__struct_fields__
    own = {Conversation: "ConversationSid", Message: "MessageSid", Participant: "ParticipantSid", SeenUser: "UserSid"}
    if parameter == own.get(model) or (model is Receipt and parameter == "DeliveryReceiptSid"):
        return "sid"
    return name if name in fields else None


def as_told(value: object) -> str:
    return moment(value) if isinstance(value, datetime) else str(value).lower()


def of_row(model: type[msgspec.Struct]) -> Iterator[tuple[Event, Parameters]]:
    for event, (about, parameters) in told().items():
        if about is model or (about is User and model is SeenUser):
            yield event, parameters


@pytest.mark.parametrize("model", ROWS, ids=lambda each: each.__name__)
def test_each_field_of_a_row_is_told_or_known_to_be_told_by_no_event(model: type[msgspec.Struct]) -> None:
    fields = {field_of(name, model) for _, parameters in of_row(model) for name in parameters} - {None}
    assert fields | set(NOT_PUBLISHED[model]) == set(model.__struct_fields__)
    assert fields.isdisjoint(NOT_PUBLISHED[model])


@pytest.mark.parametrize("model", ROWS, ids=lambda each: each.__name__)
def test_each_parameter_has_the_value_of_its_field(model: type[msgspec.Struct]) -> None:
    row = row_of(model)
    events = dict(of_row(model))
    assert events
    for event, parameters in events.items():
        for name, value in parameters.items():
            field = field_of(name, model)
            if field is not None:
                assert (value or "").lower() == as_told(getattr(row, field)).lower(), (event, name)


@pytest.mark.parametrize("event", EVENTS)
def test_each_event_tells_all_that_is_published_of_it(event: Event) -> None:
    _, parameters = told()[event]
    expected = set(PUBLISHED[event])
    assert {name for name, value in parameters.items() if value is not None} == expected
