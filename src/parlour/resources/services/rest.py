"""How services look over REST."""

from datetime import datetime

import msgspec

from parlour.contract.rest import Mount, PageSize, Place, Resource, create, delete, fetch, listing, whole
from parlour.resources.services import actions
from parlour.resources.services.model import Service, ServiceDraft


class ServiceView(msgspec.Struct):
    """A service as callers see it."""

    sid: str
    account_sid: str
    friendly_name: str
    date_created: datetime
    date_updated: datetime
    url: str
    links: dict[str, str]


def view(service: Service, at: Place) -> ServiceView:
    """The row of *service*."""
    url = f"{at.base}/Services/{service.sid}"
    return ServiceView(
        sid=service.sid,
        account_sid=at.scope.account,
        friendly_name=service.friendly_name,
        date_created=whole(service.created_at),
        date_updated=whole(service.updated_at),
        url=url,
        links={
            "conversations": f"{url}/Conversations",
            "users": f"{url}/Users",
            "roles": f"{url}/Roles",
            "bindings": f"{url}/Bindings",
            "configuration": f"{url}/Configuration",
            "participant_conversations": f"{url}/ParticipantConversations",
            "conversation_with_participants": f"{url}/ConversationWithParticipants",
        },
    )


services = Resource(
    name="Service",
    segment="Services",
    key="services",
    mount=Mount.ACCOUNT,
    page=PageSize(maximum=100),
    row=ServiceView,
    view=view,
    operations=(
        create(ServiceDraft, actions.create),
        listing(actions.page),
        fetch(actions.fetch),
        delete(actions.delete),
    ),
)
