"""Facts about participants."""

from parlour.core.events import Fact
from parlour.resources.participants.model import Participant

ADDED = "ParticipantAdded"
UPDATED = "ParticipantUpdated"
REMOVED = "ParticipantRemoved"


def participant_added(participant: Participant) -> Fact:
    """Somebody takes part in a conversation."""
    return _fact(ADDED, participant, participant.last_event_id, {"participant": participant})


def participant_updated(participant: Participant, before: Participant) -> Fact:
    """A participant changed, be it how far it has read; *before* is what it was."""
    payload = {"participant": participant, "before": before}
    return _fact(UPDATED, participant, participant.last_event_id, payload)


def participant_removed(participant: Participant, event_id: int) -> Fact:
    """Somebody takes part no more."""
    return _fact(REMOVED, participant, event_id, {"participant": participant})


def _fact(type: str, participant: Participant, event_id: int, payload: dict[str, Participant]) -> Fact:
    return Fact(type=type, id=event_id, conversation_sid=participant.conversation_sid, payload=payload)
