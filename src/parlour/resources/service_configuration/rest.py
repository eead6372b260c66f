"""How the settings of a service look over REST."""

import msgspec

from parlour.contract.rest import Mount, Place, Resource, fetch, update
from parlour.resources.service_configuration import actions
from parlour.resources.service_configuration.model import ServiceConfigurationEdit
from parlour.resources.services.model import Service


class ServiceConfigurationView(msgspec.Struct):
    """The settings as callers see them, who miss the account's SID here in the original, too."""

    chat_service_sid: str
    default_conversation_creator_role_sid: str
    default_conversation_role_sid: str
    default_chat_service_role_sid: str
    reachability_enabled: bool
    url: str
    links: dict[str, str]


def view(service: Service, at: Place) -> ServiceConfigurationView:
    """The settings of *service*."""
    url = f"{at.root}/Configuration"
    return ServiceConfigurationView(
        chat_service_sid=service.sid,
        default_conversation_creator_role_sid=service.default_conversation_creator_role_sid,
        default_conversation_role_sid=service.default_conversation_role_sid,
        default_chat_service_role_sid=service.default_chat_service_role_sid,
        reachability_enabled=service.reachability_enabled,
        url=url,
        links={"notifications": f"{url}/Notifications", "webhooks": f"{url}/Webhooks"},
    )


service_configuration = Resource(
    name="Configuration",
    segment="Configuration",
    mount=Mount.SERVICE,
    singleton=True,
    row=ServiceConfigurationView,
    view=view,
    operations=(fetch(actions.fetch), update(ServiceConfigurationEdit, actions.update)),
)
