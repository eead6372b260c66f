"""Facts about participants."""

from typing import ClassVar

from parlour.core.audience import Audience
from parlour.core.facts import Fact
from parlour.resources.participants.model import Participant


class ParticipantFact(Fact, frozen=True, kw_only=True):
    """Something happened to a participant."""

    participant: Participant

    @property
    def event_id(self) -> int:
        return self.participant.last_event_id

    @property
    def conversation_sid(self) -> str:
        return self.participant.conversation_sid

    @property
    def identity(self) -> str | None:
        return self.participant.identity

    @property
    def subject_sid(self) -> str:
        return self.participant.sid


class ParticipantAdded(ParticipantFact, frozen=True, kw_only=True):
    """Somebody takes part in a conversation."""

    concerns: ClassVar[Audience] = Audience.WEBHOOK | Audience.PUSH


class ParticipantUpdated(ParticipantFact, frozen=True, kw_only=True):
    """A participant changed, be it how far it has read; *before* is what it was."""

    before: Participant


class ParticipantRemoved(ParticipantFact, frozen=True, kw_only=True):
    """Somebody takes part no more."""

    concerns: ClassVar[Audience] = Audience.WEBHOOK | Audience.PUSH
