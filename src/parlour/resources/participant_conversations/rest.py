"""How ParticipantConversations look over REST."""

import msgspec
from msgspec import UNSET, UnsetType

from parlour.contract.rest import Mount, PageSize, Place, Resource, ShownDate, listing
from parlour.resources.list_extensions.model import Included
from parlour.resources.participant_conversations import actions
from parlour.resources.participant_conversations.model import (
    ParticipantConversation,
    ParticipantConversationQuery,
)
from parlour.resources.participants.rest import MembershipLinks, timers_shown


class BindingView(msgspec.Struct, gc=False):
    """A messaging binding with all its keys."""

    address: str | None
    proxy_address: str | None
    type: str
    level: str | None
    name: str | None
    projected_address: str | None


class ParticipantConversationView(msgspec.Struct, gc=False):
    """A participant with its conversation as callers see it."""

    account_sid: str
    chat_service_sid: str
    conversation_sid: str
    participant_sid: str
    conversation_friendly_name: str | None
    conversation_state: str
    conversation_timers: dict[str, ShownDate]
    conversation_attributes: str
    conversation_date_created: ShownDate
    conversation_date_updated: ShownDate
    conversation_created_by: str
    conversation_unique_name: str | None
    participant_user_sid: str | None
    participant_identity: str | None
    participant_messaging_binding: BindingView | None
    links: MembershipLinks
    parlour: Included | UnsetType = UNSET


def view(row: ParticipantConversation, at: Place) -> ParticipantConversationView:
    """The row at the place where it was asked for."""
    conversation = f"{at.root}/Conversations/{row.conversation_sid}"
    return ParticipantConversationView(
        account_sid=at.scope.account,
        chat_service_sid=at.service,
        conversation_sid=row.conversation_sid,
        participant_sid=row.participant_sid,
        conversation_friendly_name=row.friendly_name,
        conversation_state=row.state,
        conversation_timers=timers_shown(row.inactive_due_at, row.closed_due_at),
        conversation_attributes=row.attributes,
        conversation_date_created=row.created_at,
        conversation_date_updated=row.updated_at,
        conversation_created_by=row.created_by,
        conversation_unique_name=row.unique_name,
        participant_user_sid=row.user_sid,
        participant_identity=row.identity,
        participant_messaging_binding=_binding(row),
        links=MembershipLinks(f"{conversation}/Participants/{row.participant_sid}", conversation),
    )


def _binding(row: ParticipantConversation) -> BindingView | None:
    if row.binding_type is None:
        return None
    return BindingView(
        address=row.address,
        proxy_address=row.proxy_address,
        type=row.binding_type,
        level=row.binding_level,
        name=row.binding_name,
        projected_address=row.projected_address,
    )


participant_conversations = Resource(
    name="ParticipantConversation",
    segment="ParticipantConversations",
    key="conversations",
    mount=Mount.BOTH,
    page=PageSize(maximum=1000),
    row=ParticipantConversationView,
    view=view,
    operations=(listing(actions.page, ParticipantConversationQuery),),
)
