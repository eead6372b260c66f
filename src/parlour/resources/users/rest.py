"""How users look over REST."""

from datetime import datetime

import msgspec

from parlour.contract.rest import Mount, Place, Resource, create, delete, fetch, listing, update, whole
from parlour.resources.users import actions, rights
from parlour.resources.users.model import SeenUser, User, UserDraft, UserEdit


class UserView(msgspec.Struct):
    """A user as callers see it."""

    sid: str
    account_sid: str
    chat_service_sid: str
    role_sid: str
    identity: str
    friendly_name: str | None
    attributes: str
    is_online: bool | None
    is_notifiable: bool | None
    date_created: datetime
    date_updated: datetime
    url: str
    links: dict[str, str]


def view(user: User, at: Place) -> UserView:
    """The row of *user* at the place where it was asked for."""
    url = f"{at.root}/Users/{user.sid}"
    return UserView(
        sid=user.sid,
        account_sid=at.scope.account,
        chat_service_sid=at.service,
        role_sid=user.role_sid,
        identity=user.identity,
        friendly_name=user.friendly_name,
        attributes=user.attributes,
        is_online=user.is_online if isinstance(user, SeenUser) else None,
        is_notifiable=user.is_notifiable if isinstance(user, SeenUser) else None,
        date_created=whole(user.created_at),
        date_updated=whole(user.updated_at),
        url=url,
        links={"user_conversations": f"{url}/Conversations"},
    )


users = Resource(
    name="User",
    segment="Users",
    key="users",
    mount=Mount.BOTH,
    row=UserView,
    view=view,
    operations=(
        create(UserDraft, actions.create, hooks=True),
        listing(actions.page),
        fetch(actions.fetch, rights=rights.READ),
        update(UserEdit, actions.update, hooks=True, rights=rights.UPDATE),
        delete(actions.delete, hooks=True),
    ),
)
