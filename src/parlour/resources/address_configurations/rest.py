"""How address configurations look over REST."""

from datetime import datetime

import msgspec

from parlour.contract.rest import Mount, Place, Resource, create, delete, fetch, listing, update, whole
from parlour.resources.address_configurations import actions
from parlour.resources.address_configurations.model import (
    AddressConfiguration,
    AddressConfigurationDraft,
    AddressConfigurationEdit,
    AddressConfigurationQuery,
    AutoCreationType,
)


class AutoCreationView(msgspec.Struct):
    """How conversations are opened; null is what the type does not use."""

    enabled: bool
    type: str
    conversation_service_sid: str | None
    binding_name: None = None
    """Nothing sets it, and nothing is known of it."""
    webhook_url: str | None = None
    webhook_method: str | None = None
    webhook_filters: list[str] | None = None
    studio_flow_sid: str | None = None
    studio_retry_count: int | None = None


class AddressConfigurationView(msgspec.Struct):
    """An address configuration as callers see it."""

    sid: str
    account_sid: str
    type: str
    address: str
    friendly_name: str | None
    auto_creation: AutoCreationView
    date_created: datetime
    date_updated: datetime
    url: str
    address_country: str | None


def view(configuration: AddressConfiguration, at: Place) -> AddressConfigurationView:
    """The row of *configuration*."""
    return AddressConfigurationView(
        sid=configuration.sid,
        account_sid=at.scope.account,
        type=configuration.type,
        address=configuration.address,
        friendly_name=configuration.friendly_name,
        auto_creation=_auto_creation(configuration),
        date_created=whole(configuration.created_at),
        date_updated=whole(configuration.updated_at),
        url=f"{at.base}/Configuration/Addresses/{configuration.sid}",
        address_country=configuration.address_country,
    )


def _auto_creation(configuration: AddressConfiguration) -> AutoCreationView:
    shown = AutoCreationView(
        enabled=configuration.is_enabled,
        type=configuration.creation_type,
        conversation_service_sid=configuration.conversation_service_sid,
    )
    if configuration.creation_type == AutoCreationType.WEBHOOK:
        shown.webhook_url = configuration.webhook_url
        shown.webhook_method = configuration.webhook_method
        shown.webhook_filters = configuration.webhook_filters
    if configuration.creation_type == AutoCreationType.STUDIO:
        shown.studio_flow_sid = configuration.studio_flow_sid
        shown.studio_retry_count = configuration.studio_retry_count
    return shown


address_configurations = Resource(
    name="ConfigurationAddress",
    segment="Configuration/Addresses",
    key="address_configurations",
    mount=Mount.ACCOUNT,
    row=AddressConfigurationView,
    view=view,
    operations=(
        create(AddressConfigurationDraft, actions.create),
        listing(actions.page, AddressConfigurationQuery),
        fetch(actions.fetch),
        update(AddressConfigurationEdit, actions.update),
        delete(actions.delete),
    ),
)
