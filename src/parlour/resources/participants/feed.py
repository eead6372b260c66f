"""How participants look in the event feed."""

from parlour.contract.feed import Parts, Row
from parlour.resources.participants import events
from parlour.resources.participants.model import Participant
from parlour.resources.participants.rest import view

_PARTICIPANT: Parts = {"participant": Row(Participant, view)}

FACTS = {
    events.ADDED: _PARTICIPANT,
    events.UPDATED: {**_PARTICIPANT, "before": Row(Participant, view)},
    events.REMOVED: _PARTICIPANT,
}
"""By the type of a fact: what of it is shown."""
