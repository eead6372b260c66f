"""How a conversation looks over REST that was made with its participants."""

import msgspec

from parlour.contract.rest import Mount, Place, Resource, create
from parlour.resources.conversation_with_participants import actions, rights
from parlour.resources.conversation_with_participants.model import ConversationWithParticipantsDraft
from parlour.resources.conversations.model import Conversation, State
from parlour.resources.conversations.rest import ConversationView
from parlour.resources.conversations.rest import view as conversation_view


class ConversationWithParticipantsView(ConversationView):
    """The conversation as callers see it, with one link less than it has elsewhere."""


def view(conversation: Conversation, at: Place) -> ConversationWithParticipantsView:
    """The row of *conversation* at the place where it was made."""
    shown = msgspec.structs.asdict(conversation_view(conversation, at))
    links = {name: url for name, url in shown["links"].items() if name != "export"}
    return ConversationWithParticipantsView(**{**shown, "links": links})


def is_pending(conversation: Conversation) -> bool:
    """Whether its participants are still to be added."""
    return conversation.state == State.INITIALIZING


conversation_with_participants = Resource(
    name="ConversationWithParticipants",
    segment="ConversationWithParticipants",
    mount=Mount.BOTH,
    row=ConversationWithParticipantsView,
    view=view,
    operations=(
        create(
            ConversationWithParticipantsDraft, actions.create, hooks=True, is_pending=is_pending, rights=rights.CREATE
        ),
    ),
)
