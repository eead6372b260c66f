"""The webhook of a conversation, and what makes and changes one."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from parlour.core.errors import (
    InvalidFlowSid,
    InvalidTrigger,
    InvalidWebhookFilter,
    InvalidWebhookFormat,
    InvalidWebhookMethod,
    InvalidWebhookTarget,
    MissingParameter,
    TooManyTriggers,
    TriggerMissing,
    WebhookFilterMissing,
    WebhookUrlMissing,
    WebhookUrlTooLong,
)
from parlour.core.fields import Choice, Clearable, Many, SidOf, Text, Whole
from parlour.core.limits import exceeded
from parlour.core.sids import Prefix
from parlour.core.webhook_events import CONVERSATION_EVENTS, Filters, WebhookUrl
from parlour.storage.columns import given

MAX_WEBHOOKS = 5
MAX_TRIGGERS = 5
KEPT = timedelta(days=7)
"""How long after its conversation a webhook is still known, to be told of the end even if parlour stood still."""


class Target(StrEnum):
    """What a webhook calls, and when."""

    WEBHOOK = "webhook"
    TRIGGER = "trigger"
    STUDIO = "studio"


class Method(StrEnum):
    """How a URL is called."""

    GET = "get"
    POST = "post"


class ConversationWebhook(msgspec.Struct, frozen=True):
    """A webhook of a conversation; what does not apply to its target is None."""

    sid: str
    conversation_sid: str
    target: str
    url: str | None
    method: str | None
    filters: list[str] | None
    triggers: list[str] | None
    flow_sid: str | None
    replay_after: int | None
    """From the message with this index on, the webhook wants to be told of those that were there before it."""
    created_at: datetime
    updated_at: datetime


_APPLYING = {
    Target.WEBHOOK: ("url", "method", "filters"),
    Target.TRIGGER: ("url", "method", "triggers"),
    Target.STUDIO: ("flow_sid",),
}
"""Which columns the webhooks of a target have."""

URL = Clearable(WebhookUrl(512, error=InvalidWebhookFormat, too_long=WebhookUrlTooLong))
METHOD = Choice(Method, InvalidWebhookMethod)
FILTERS = Filters(CONVERSATION_EVENTS, InvalidWebhookFilter)
TRIGGERS = Many(Text(248, too_long=InvalidTrigger, empty=InvalidTrigger))
FLOW = SidOf(Prefix.FLOW, InvalidFlowSid)


class WebhookConfigurationEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of how a webhook works."""

    url: Annotated[str | UnsetType | None, URL] = UNSET
    method: Annotated[Method | UnsetType, METHOD] = UNSET
    filters: Annotated[list[str] | UnsetType, FILTERS] = UNSET
    triggers: Annotated[list[str] | UnsetType, TRIGGERS] = UNSET
    flow_sid: Annotated[str | UnsetType, FLOW] = UNSET


class ConfigurationDraft(WebhookConfigurationEdit, frozen=True, kw_only=True):
    """How a new webhook works."""

    replay_after: Annotated[int | None, Clearable(Whole())] = None


class ConversationWebhookDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a new webhook is made of."""

    target: Annotated[Target, Choice(Target, InvalidWebhookTarget)]
    configuration: ConfigurationDraft = ConfigurationDraft()


class ConversationWebhookEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of a webhook."""

    configuration: WebhookConfigurationEdit = WebhookConfigurationEdit()


def applying(target: str, configuration: WebhookConfigurationEdit) -> dict[str, Any]:
    """The columns that were sent in *configuration*, without those that a webhook of *target* has not."""
    return {name: value for name, value in given(configuration).items() if name in _APPLYING[Target(target)]}


def check_complete(target: str, columns: Mapping[str, Any]) -> None:
    """Raises what a webhook of *target* with these columns lacks."""
    if target == Target.STUDIO:
        if columns.get("flow_sid") is None:
            raise MissingParameter(name="Configuration.FlowSid")
        return
    if columns.get("url") is None:
        raise WebhookUrlMissing
    if target == Target.WEBHOOK and not columns.get("filters"):
        raise WebhookFilterMissing
    if target == Target.TRIGGER and not columns.get("triggers"):
        raise TriggerMissing


def check_number(sent: Mapping[str, Any]) -> None:
    """Raises TooManyTriggers if more were sent than a webhook has; there may be more, since that was relaxed once."""
    if len(sent.get("triggers", ())) > MAX_TRIGGERS:
        exceeded(TooManyTriggers())
