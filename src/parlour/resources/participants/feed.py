"""How participants look in the event feed."""

from parlour.contract.feed import FactParts, Parts, Row
from parlour.resources.participants.facts import ParticipantAdded, ParticipantRemoved, ParticipantUpdated
from parlour.resources.participants.rest import view

_PARTICIPANT: Parts = {"participant": Row(view)}

FACTS: FactParts = {
    ParticipantAdded: _PARTICIPANT,
    ParticipantUpdated: {**_PARTICIPANT, "before": Row(view)},
    ParticipantRemoved: _PARTICIPANT,
}
"""By the type of a fact: what of it is shown."""
