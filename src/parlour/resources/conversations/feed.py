"""How conversations look in the event feed."""

from parlour.contract.feed import Parts, Plain, Row
from parlour.resources.conversations import events
from parlour.resources.conversations.model import Conversation
from parlour.resources.conversations.rest import view

_CONVERSATION: Parts = {"conversation": Row(Conversation, view)}

FACTS = {
    events.ADDED: _CONVERSATION,
    events.UPDATED: _CONVERSATION,
    events.STATE_UPDATED: {
        **_CONVERSATION,
        "state_from": Plain("the state before"),
        "reason": Plain("why: `API`, `TIMER` or `EVENT`, which is a message or completed participants"),
    },
    events.REMOVED: _CONVERSATION,
}
"""By the type of a fact: what of it is shown."""
