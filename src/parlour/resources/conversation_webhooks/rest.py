"""How the webhooks of conversations look over REST."""

from datetime import datetime
from typing import Any

import msgspec

from parlour.contract.rest import Mount, PageSize, Place, Resource, create, delete, fetch, listing, update, whole
from parlour.resources.conversation_webhooks import actions
from parlour.resources.conversation_webhooks.model import (
    ConversationWebhook,
    ConversationWebhookDraft,
    ConversationWebhookEdit,
    Target,
)
from parlour.resources.conversations.rest import conversations


class ConversationWebhookView(msgspec.Struct):
    """A webhook of a conversation as callers see it."""

    sid: str
    account_sid: str
    conversation_sid: str
    target: str
    configuration: dict[str, Any]
    date_created: datetime
    date_updated: datetime
    url: str
    chat_service_sid: str | msgspec.UnsetType = msgspec.UNSET


def view(webhook: ConversationWebhook, at: Place) -> ConversationWebhookView:
    """The row of *webhook* at the place where it was asked for."""
    return ConversationWebhookView(
        sid=webhook.sid,
        account_sid=at.scope.account,
        chat_service_sid=at.named_service,
        conversation_sid=webhook.conversation_sid,
        target=webhook.target,
        configuration=_configuration(webhook),
        date_created=whole(webhook.created_at),
        date_updated=whole(webhook.updated_at),
        url=f"{at.root}/Conversations/{webhook.conversation_sid}/Webhooks/{webhook.sid}",
    )


def _configuration(webhook: ConversationWebhook) -> dict[str, Any]:
    """Only the keys that apply to the target."""
    if webhook.target == Target.STUDIO:
        return {"flow_sid": webhook.flow_sid}
    called: dict[str, Any] = {"url": webhook.url, "method": webhook.method}
    if webhook.target == Target.TRIGGER:
        # wire: the samples show the words of a trigger as filters; the parameter's name is Triggers.
        return {**called, "triggers": webhook.triggers, "filters": webhook.triggers}
    return {**called, "filters": webhook.filters}


conversation_webhooks = Resource(
    name="ConversationScopedWebhook",
    segment="Webhooks",
    parent=conversations,
    above="ConversationSid",
    key="webhooks",
    mount=Mount.BOTH,
    page=PageSize(default=5, maximum=5),
    row=ConversationWebhookView,
    view=view,
    operations=(
        create(ConversationWebhookDraft, actions.create),
        listing(actions.page),
        fetch(actions.fetch),
        update(ConversationWebhookEdit, actions.update),
        delete(actions.delete),
    ),
)
