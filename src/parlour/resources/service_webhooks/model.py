"""The webhooks of a service."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from parlour.resources.account_webhooks.model import FILTERS, METHOD, POST_URL, PRE_URL, WebhookMethod


class ServiceWebhooks(msgspec.Struct, frozen=True):
    """The webhooks of a service."""

    pre_webhook_url: str | None
    post_webhook_url: str | None
    webhook_method: str | None
    """None until one is set, which means POST."""
    webhook_filters: list[str] | None
    """None as long as none were ever set."""


class ServiceWebhooksEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of them."""

    pre_webhook_url: Annotated[str | UnsetType | None, PRE_URL] = UNSET
    post_webhook_url: Annotated[str | UnsetType | None, POST_URL] = UNSET
    filters: Annotated[list[str] | UnsetType, FILTERS] = UNSET
    method: Annotated[WebhookMethod | UnsetType, METHOD] = UNSET
