"""What is made of a conversation with its participants, each as the text of a JSON object, and PendingAdditions."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import msgspec

from parlour.contract.form import Form, wire_name
from parlour.core.actor import Actor
from parlour.core.errors import InvalidParticipantJson, TooManyParticipants
from parlour.core.fields import JsonObject, Many
from parlour.core.limits import exceeded
from parlour.resources.conversations.model import ConversationDraft
from parlour.resources.participants.model import ParticipantDraft

MAX_PARTICIPANTS = 10


class PlannedParticipant(msgspec.Struct, frozen=True):
    """A participant that is still to be added, and the SID that it will have."""

    sid: str
    draft: ParticipantDraft


class PendingAdditions(msgspec.Struct, frozen=True):
    """What is still to be done for a conversation that is being put together."""

    service_sid: str
    conversation_sid: str
    account_sid: str
    state: str
    """What the conversation becomes when all have been added."""
    participants: Any
    """The list of PlannedParticipant, as the database keeps it; `planned` reads it."""
    actor: Any
    """The Actor who asked for it, as the database keeps it; `asked_by` reads it."""

    def asked_by(self) -> Actor:
        """The author of what is done."""
        return msgspec.convert(self.actor, Actor)

    def planned(self) -> list[PlannedParticipant]:
        """The participants to be added, in the order given."""
        return msgspec.convert(self.participants, list[PlannedParticipant])


class ParticipantJson(JsonObject):
    """A participant as a JSON object: the parameters of ParticipantDraft, named like its fields."""

    def __init__(self) -> None:
        super().__init__(InvalidParticipantJson)
        self._form = Form(ParticipantDraft)

    def parse(self, name: str, raw: str) -> Any:
        super().parse(name, raw)
        return self._form.read(dict(_pairs(ParticipantDraft, msgspec.json.decode(raw))))


def _pairs(shape: type[msgspec.Struct], given: object, prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    """What *given* holds for the fields of *shape*, as a form would bring it; null is as good as nothing."""
    if not isinstance(given, dict):
        raise InvalidParticipantJson
    for field in msgspec.structs.fields(shape):
        name, value = prefix + wire_name(field.name), given.get(field.name)
        if value is None:
            continue
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from _pairs(field.type, value, name + ".")
        elif isinstance(value, str) and "\0" not in value:
            yield name, [value]
        else:
            raise InvalidParticipantJson


class Participants(Many):
    """Any number of participants; two that are equal stay two."""

    def __init__(self) -> None:
        super().__init__(ParticipantJson())

    def read(self, name: str, values: Sequence[str]) -> Any:
        if len(values) > MAX_PARTICIPANTS:
            exceeded(TooManyParticipants())
        return [self.each.read(name, [value]) for value in values]


class ConversationWithParticipantsDraft(ConversationDraft, frozen=True, kw_only=True):
    """What a new conversation and its participants are made of."""

    participant: Annotated[list[ParticipantDraft], Participants()] = msgspec.field(default_factory=list)
