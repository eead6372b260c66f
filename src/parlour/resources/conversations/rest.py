"""How conversations look over REST."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from parlour.contract.rest import Mount, PageSize, Place, Resource, create, delete, fetch, listing, update, whole
from parlour.resources.conversations import actions, rights
from parlour.resources.conversations.model import (
    Conversation,
    ConversationDraft,
    ConversationEdit,
    ConversationQuery,
)
from parlour.resources.list_extensions.model import Included


class ConversationView(msgspec.Struct):
    """A conversation as callers see it."""

    sid: str
    account_sid: str
    chat_service_sid: str
    messaging_service_sid: str | None
    friendly_name: str | None
    unique_name: str | None
    attributes: str
    state: str
    date_created: datetime
    date_updated: datetime
    timers: dict[str, datetime]
    bindings: dict[str, Any] | None
    url: str
    links: dict[str, str]
    parlour: Included | UnsetType = UNSET


def timers(inactive_due_at: datetime | None, closed_due_at: datetime | None) -> dict[str, datetime]:
    """``date_inactive`` and ``date_closed``: only those that are set."""
    if inactive_due_at is None and closed_due_at is None:
        return {}
    due = {"date_inactive": inactive_due_at, "date_closed": closed_due_at}
    return {name: whole(moment) for name, moment in due.items() if moment is not None}


def view(conversation: Conversation, at: Place) -> ConversationView:
    """The row of *conversation* at the place where it was asked for."""
    url = f"{at.root}/Conversations/{conversation.sid}"
    return ConversationView(
        sid=conversation.sid,
        account_sid=at.scope.account,
        chat_service_sid=at.service,
        messaging_service_sid=conversation.messaging_service_sid,
        friendly_name=conversation.friendly_name,
        unique_name=conversation.unique_name,
        attributes=conversation.attributes,
        state=conversation.state,
        date_created=whole(conversation.created_at),
        date_updated=whole(conversation.updated_at),
        timers=timers(conversation.inactive_due_at, conversation.closed_due_at),
        bindings=_bindings(conversation),
        url=url,
        links={
            "participants": f"{url}/Participants",
            "messages": f"{url}/Messages",
            "webhooks": f"{url}/Webhooks",
            "export": f"{url}/Export",
        },
    )


def _bindings(conversation: Conversation) -> dict[str, Any] | None:
    """wire: null while nothing is bound, where ``timers`` is an empty object."""
    if conversation.email_address is None and conversation.email_name is None:
        return None
    return {"email": {"projected_address": conversation.email_address, "name": conversation.email_name}}


conversations = Resource(
    name="Conversation",
    segment="Conversations",
    key="conversations",
    mount=Mount.BOTH,
    page=PageSize(maximum=100),
    row=ConversationView,
    view=view,
    operations=(
        create(ConversationDraft, actions.create, hooks=True, rights=rights.CREATE),
        listing(actions.page, ConversationQuery),
        fetch(actions.fetch, rights=rights.READ),
        update(ConversationEdit, actions.update, hooks=True, rights=rights.UPDATE),
        delete(actions.delete, hooks=True, rights=rights.DELETE),
    ),
)
