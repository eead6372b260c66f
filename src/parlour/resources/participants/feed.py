"""How participants look in the event feed."""

from parlour.contract.feed import FactMembers, Members, Rendered
from parlour.resources.participants.facts import ParticipantAdded, ParticipantRemoved, ParticipantUpdated
from parlour.resources.participants.rest import view

_PARTICIPANT: Members = {"participant": Rendered(view)}

FACTS: FactMembers = {
    ParticipantAdded: _PARTICIPANT,
    ParticipantUpdated: {**_PARTICIPANT, "before": Rendered(view)},
    ParticipantRemoved: _PARTICIPANT,
}
"""By the type of a fact: what of it is shown."""
