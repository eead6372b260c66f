"""How participants look over REST."""

from datetime import datetime

import msgspec

from parlour.contract.rest import (
    Mount,
    PageSize,
    Place,
    Resource,
    ShownDate,
    create,
    delete,
    fetch,
    listing,
    update,
    whole,
)
from parlour.resources.conversations.rest import conversations
from parlour.resources.conversations.rights import READ
from parlour.resources.participants import actions, rights
from parlour.resources.participants.model import Participant, ParticipantDraft, ParticipantEdit


class ParticipantView(msgspec.Struct):
    """A participant as callers see it."""

    sid: str
    account_sid: str
    conversation_sid: str
    identity: str | None
    attributes: str
    messaging_binding: dict[str, str] | None
    role_sid: str | None
    last_read_message_index: int | None
    last_read_timestamp: datetime | None
    date_created: datetime
    date_updated: datetime
    url: str
    chat_service_sid: str | msgspec.UnsetType = msgspec.UNSET


def view(participant: Participant, at: Place) -> ParticipantView:
    """The row of *participant* at the place where it was asked for."""
    read_at = participant.last_read_at
    return ParticipantView(
        sid=participant.sid,
        account_sid=at.scope.account,
        chat_service_sid=at.named_service,
        conversation_sid=participant.conversation_sid,
        identity=participant.identity,
        attributes=participant.attributes,
        messaging_binding=_binding(participant),
        role_sid=participant.role_sid,
        last_read_message_index=participant.last_read_index,
        last_read_timestamp=whole(read_at) if read_at is not None else None,
        date_created=whole(participant.created_at),
        date_updated=whole(participant.updated_at),
        url=f"{at.root}/Conversations/{participant.conversation_sid}/Participants/{participant.sid}",
    )


def _binding(participant: Participant) -> dict[str, str] | None:
    """Only the keys that are set; None for a plain chat participant."""
    if participant.binding_type is None:
        return None
    parts = {
        "type": participant.binding_type,
        "address": participant.address,
        "proxy_address": participant.proxy_address,
        "projected_address": participant.projected_address,
        "name": participant.binding_name,
        "level": participant.binding_level,
    }
    return {name: value for name, value in parts.items() if value is not None}


class MembershipLinks(msgspec.Struct, gc=False):
    """Where a row of the two lists of memberships leads."""

    participant: str
    conversation: str


def timers_shown(date_inactive: str | None, date_closed: str | None) -> dict[str, ShownDate]:
    """The timers of such a row: only those that are set."""
    if date_inactive is None and date_closed is None:
        return {}
    dates = {"date_inactive": date_inactive, "date_closed": date_closed}
    return {name: date for name, date in dates.items() if date is not None}


participants = Resource(
    name="ConversationParticipant",
    segment="Participants",
    parent=conversations,
    above="ConversationSid",
    key="participants",
    mount=Mount.BOTH,
    page=PageSize(maximum=100),
    row=ParticipantView,
    view=view,
    operations=(
        create(ParticipantDraft, actions.create, hooks=True, rights=rights.CREATE),
        listing(actions.page, rights=READ),
        fetch(actions.fetch, rights=READ),
        update(ParticipantEdit, actions.update, hooks=True, rights=rights.UPDATE),
        delete(actions.delete, hooks=True, rights=rights.DELETE),
    ),
)
