"""How users look to client SDKs."""

import msgspec

from parlour.contract.rest import CLIENT, Mount, Place, Resource, fetch, update
from parlour.core.sync_names import user_info
from parlour.resources.users import actions, rights
from parlour.resources.users.model import User, UserEdit


class UserObjects(msgspec.Struct):
    """The names of a user's Sync objects."""

    user_info_map: str


class ClientUserView(msgspec.Struct):
    """A user as the users of its service see it; the rest stands in the Sync object."""

    sid: str
    identity: str
    friendly_name: str | None
    attributes: str
    sync_objects: UserObjects


def view(user: User, at: Place) -> ClientUserView:
    """The row of *user*."""
    return ClientUserView(
        sid=user.sid,
        identity=user.identity,
        friendly_name=user.friendly_name,
        attributes=user.attributes,
        sync_objects=UserObjects(user_info(user.sid)),
    )


users = Resource(
    name="ClientUser",
    segment="Users",
    mount=Mount.CALLER,
    prefix=CLIENT,
    row=ClientUserView,
    view=view,
    operations=(fetch(actions.fetch, rights=rights.READ), update(UserEdit, actions.update, rights=rights.UPDATE)),
)
