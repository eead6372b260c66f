"""The webhooks of an account, and the readers that the webhooks of a service share."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from parlour.core.errors import (
    InvalidPostWebhookUrl,
    InvalidPreWebhookUrl,
    InvalidWebhookFormat,
    InvalidWebhookMethod,
)
from parlour.core.fields import Choice, Clearable
from parlour.core.webhook_events import EVENTS, Filters, WebhookUrl


class WebhookMethod(StrEnum):
    """How the webhooks of an account or a service are called. In a conversation these words are in lower case."""

    GET = "GET"
    POST = "POST"


class WebhookTarget(StrEnum):
    """The receiver of an account's events: its URLs, or a product that parlour does not have, so none."""

    WEBHOOK = "webhook"
    FLEX = "flex"


PRE_URL = Clearable(WebhookUrl(2048, error=InvalidPreWebhookUrl, too_long=InvalidPreWebhookUrl))
POST_URL = Clearable(WebhookUrl(2048, error=InvalidPostWebhookUrl, too_long=InvalidPostWebhookUrl))
FILTERS = Filters(EVENTS, InvalidWebhookFormat)
METHOD = Choice(WebhookMethod, InvalidWebhookMethod)


class AccountWebhooks(msgspec.Struct, frozen=True):
    """The webhooks of an account."""

    pre_webhook_url: str | None
    post_webhook_url: str | None
    webhook_method: str
    webhook_filters: list[str] | None
    """None as long as none were ever set."""
    webhook_target: str


class AccountWebhooksEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of them."""

    method: Annotated[WebhookMethod | UnsetType, METHOD] = UNSET
    filters: Annotated[list[str] | UnsetType, FILTERS] = UNSET
    pre_webhook_url: Annotated[str | UnsetType | None, PRE_URL] = UNSET
    post_webhook_url: Annotated[str | UnsetType | None, POST_URL] = UNSET
    target: Annotated[WebhookTarget | UnsetType, Choice(WebhookTarget)] = UNSET


def column(name: str) -> str:
    """Where a field of an edit is kept: ``method`` in ``webhook_method``."""
    return name if name.endswith("_url") else f"webhook_{name}"
