"""How conversations look in the event feed."""

from parlour.contract.feed import FactMembers, Members, Plain, Rendered
from parlour.resources.conversations.facts import (
    ConversationAdded,
    ConversationRemoved,
    ConversationStateUpdated,
    ConversationUpdated,
)
from parlour.resources.conversations.rest import view

_CONVERSATION: Members = {"conversation": Rendered(view)}

FACTS: FactMembers = {
    ConversationAdded: _CONVERSATION,
    ConversationUpdated: _CONVERSATION,
    ConversationStateUpdated: {
        **_CONVERSATION,
        "state_from": Plain("the state before"),
        "reason": Plain("why: `API`, `TIMER` or `EVENT`, which is a message or completed participants"),
    },
    ConversationRemoved: _CONVERSATION,
}
"""By the type of a fact: what of it is shown."""
