"""How roles look over REST."""

from datetime import datetime

import msgspec

from parlour.contract.rest import Mount, Place, Resource, create, delete, fetch, listing, update, whole
from parlour.resources.roles import actions
from parlour.resources.roles.model import Role, RoleDraft, RoleEdit


class RoleView(msgspec.Struct):
    """A role as callers see it."""

    sid: str
    account_sid: str
    chat_service_sid: str
    friendly_name: str
    type: str
    permissions: list[str]
    date_created: datetime
    date_updated: datetime
    url: str


def view(role: Role, at: Place) -> RoleView:
    """The row of *role* at the place where it was asked for."""
    return RoleView(
        sid=role.sid,
        account_sid=at.scope.account,
        chat_service_sid=at.service,
        friendly_name=role.friendly_name,
        type=role.type,
        permissions=role.permissions,
        date_created=whole(role.created_at),
        date_updated=whole(role.updated_at),
        url=f"{at.root}/Roles/{role.sid}",
    )


roles = Resource(
    name="Role",
    segment="Roles",
    key="roles",
    mount=Mount.BOTH,
    row=RoleView,
    view=view,
    operations=(
        create(RoleDraft, actions.create),
        listing(actions.page),
        fetch(actions.fetch),
        update(RoleEdit, actions.update),
        delete(actions.delete),
    ),
)
