"""How participants look to client SDKs."""

import msgspec
from msgspec import UNSET, UnsetType

from parlour.contract.rest import CLIENT, Mount, Place, Resource, create, delete, update
from parlour.contract.webhook import moment
from parlour.resources.conversations.client import conversations
from parlour.resources.participants import actions, rights
from parlour.resources.participants.model import Participant, ParticipantDraft, ParticipantEdit


class ChannelView(msgspec.Struct):
    """By which channel a participant is reached."""

    type: str


class ClientParticipantView(msgspec.Struct):
    """A participant as an end user sees it; the rest stands in the Sync object."""

    sid: str
    identity: str | None
    attributes: str
    role_sid: str | None
    date_created: str
    date_updated: str
    messaging_binding: ChannelView | UnsetType = UNSET


def view(participant: Participant, at: Place) -> ClientParticipantView:
    """The row of *participant*."""
    binding = participant.binding_type
    return ClientParticipantView(
        sid=participant.sid,
        identity=participant.identity,
        attributes=participant.attributes,
        role_sid=participant.role_sid,
        date_created=moment(participant.created_at),
        date_updated=moment(participant.updated_at),
        messaging_binding=ChannelView(binding) if binding is not None else UNSET,
    )


participants = Resource(
    name="ClientParticipant",
    segment="Participants",
    parent=conversations,
    above="ConversationSid",
    mount=Mount.CALLER,
    prefix=CLIENT,
    row=ClientParticipantView,
    view=view,
    operations=(
        create(ParticipantDraft, actions.create, rights=rights.CREATE),
        update(ParticipantEdit, actions.update, rights=rights.UPDATE),
        delete(actions.delete, rights=rights.DELETE),
    ),
)
