"""Bindings over REST, which can neither create nor change one."""

from datetime import datetime

import msgspec

from parlour.contract.rest import Mount, PageSize, Place, Resource, delete, fetch, listing, whole
from parlour.resources.bindings import actions
from parlour.resources.bindings.model import Binding, BindingQuery


class ServiceBindingView(msgspec.Struct):
    """A binding as callers see it."""

    sid: str
    account_sid: str
    chat_service_sid: str
    credential_sid: str | None
    date_created: datetime
    date_updated: datetime
    endpoint: str
    identity: str
    binding_type: str
    message_types: list[str]
    url: str


def view(binding: Binding, at: Place) -> ServiceBindingView:
    """The row of *binding*."""
    return ServiceBindingView(
        sid=binding.sid,
        account_sid=at.scope.account,
        chat_service_sid=at.service,
        credential_sid=binding.credential_sid,
        date_created=whole(binding.created_at),
        date_updated=whole(binding.updated_at),
        endpoint=binding.endpoint,
        identity=binding.identity,
        binding_type=binding.binding_type,
        message_types=binding.message_types,
        url=f"{at.root}/Bindings/{binding.sid}",
    )


bindings = Resource(
    name="Binding",
    segment="Bindings",
    key="bindings",
    mount=Mount.SERVICE,
    page=PageSize(maximum=100),
    row=ServiceBindingView,
    view=view,
    operations=(listing(actions.page, BindingQuery), fetch(actions.fetch), delete(actions.delete)),
)
