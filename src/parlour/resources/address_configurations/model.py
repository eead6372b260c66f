"""AddressConfiguration, and what makes and changes one."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from parlour.core.errors import (
    InvalidFlowSid,
    InvalidParameter,
    InvalidWebhookFilter,
    InvalidWebhookFormat,
    InvalidWebhookMethod,
    InvalidWebhookRetryCount,
    MissingParameter,
    WebhookUrlTooLong,
)
from parlour.core.fields import Choice, Clearable, Flag, SidOf, Text, Whole, named
from parlour.core.limits import exceeded
from parlour.core.sids import Prefix, is_sid
from parlour.core.webhook_events import Filters, PostEvent, WebhookUrl


class AddressType(StrEnum):
    """Which channel an address belongs to."""

    SMS = "sms"
    WHATSAPP = "whatsapp"
    MESSENGER = "messenger"
    GBM = "gbm"
    EMAIL = "email"
    RCS = "rcs"
    APPLE = "apple"
    CHAT = "chat"


class AutoCreationType(StrEnum):
    """What is attached to each conversation that is opened."""

    WEBHOOK = "webhook"
    STUDIO = "studio"
    DEFAULT = "default"


class CallbackMethod(StrEnum):
    """How the webhook is called."""

    GET = "get"
    POST = "post"


class AddressConfiguration(msgspec.Struct, frozen=True):
    """What becomes of messages from strangers to an address. What its type does not use is kept, but not shown."""

    sid: str
    type: str
    address: str
    friendly_name: str | None
    address_country: str | None
    is_enabled: bool
    creation_type: str
    conversation_service_sid: str | None
    """None: the account's default service, whichever that is when the message comes."""
    webhook_url: str | None
    webhook_method: str
    """In upper case."""
    webhook_filters: list[str]
    studio_flow_sid: str | None
    studio_retry_count: int
    created_at: datetime
    updated_at: datetime


FILTERS = tuple(event for event in PostEvent if event not in (PostEvent.USER_ADDED, PostEvent.USER_UPDATED))
"""What the webhook of a conversation that is opened may listen to."""
URL = Clearable(WebhookUrl(512, error=InvalidWebhookFormat, too_long=WebhookUrlTooLong))
MAX_RETRIES = 3


class AutoCreationEdit(msgspec.Struct, frozen=True, kw_only=True):
    """How conversations are opened, as it was sent; UNSET where it was not."""

    enabled: Annotated[bool | UnsetType, Flag()] = UNSET
    type: Annotated[AutoCreationType | UnsetType, Choice(AutoCreationType)] = UNSET
    conversation_service_sid: Annotated[str | UnsetType | None, Clearable(SidOf(Prefix.SERVICE))] = UNSET
    webhook_url: Annotated[str | UnsetType | None, URL] = UNSET
    webhook_method: Annotated[CallbackMethod | UnsetType, Choice(CallbackMethod, InvalidWebhookMethod)] = UNSET
    webhook_filters: Annotated[list[str] | UnsetType, Filters(FILTERS, InvalidWebhookFilter)] = UNSET
    studio_flow_sid: Annotated[str | UnsetType | None, Clearable(SidOf(Prefix.FLOW, InvalidFlowSid))] = UNSET
    studio_retry_count: Annotated[int | UnsetType, Whole(InvalidWebhookRetryCount)] = UNSET


def _check_address(address: str) -> None:
    if is_sid(address, Prefix.ADDRESS_CONFIGURATION):
        raise InvalidParameter(name="Address")


def _check_country(country: str) -> None:
    if not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise InvalidParameter(name="AddressCountry")


TYPE = Choice(AddressType)
COUNTRY = Clearable(Text(2, check=_check_country))


class AddressConfigurationDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a new address configuration is made of."""

    type: Annotated[AddressType, TYPE]
    address: Annotated[str, Text(256, empty=MissingParameter, check=_check_address, key=True)]
    friendly_name: Annotated[str | None, named()] = None
    auto_creation: AutoCreationEdit = AutoCreationEdit()
    address_country: Annotated[str | None, COUNTRY] = None


class AddressConfigurationEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of an address configuration."""

    friendly_name: Annotated[str | UnsetType | None, named()] = UNSET
    auto_creation: AutoCreationEdit = AutoCreationEdit()


class AddressConfigurationQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The filter of the list."""

    type: Annotated[AddressType | None, TYPE] = None


def check_complete(configuration: AddressConfiguration) -> None:
    """Raises MissingParameter if its type needs what it does not have."""
    needed = {
        AutoCreationType.WEBHOOK: ("WebhookUrl", configuration.webhook_url),
        AutoCreationType.STUDIO: ("StudioFlowSid", configuration.studio_flow_sid),
    }
    name, value = needed.get(AutoCreationType(configuration.creation_type), ("", ""))
    if value is None:
        raise MissingParameter(name=f"AutoCreation.{name}")


def check_number(sent: Mapping[str, Any]) -> None:
    """Raises InvalidWebhookRetryCount if too many retries were sent; there may be more, since that was relaxed once."""
    if sent.get("studio_retry_count", 0) > MAX_RETRIES:
        exceeded(InvalidWebhookRetryCount())
