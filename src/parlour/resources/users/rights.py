"""What end users need to do something to users."""

from parlour.core.errors import RoleNotSettable
from parlour.core.permissions import Permission
from parlour.core.rights import Need, Reach, Rights, own_or_any

READ = Rights(reach=Reach.SERVICE, why="the users of a service may look at each other")
_EDIT_INFO = own_or_any(Permission.EDIT_OWN_USER_INFO, Permission.EDIT_ANY_USER_INFO)
UPDATE = Rights(
    reach=Reach.SERVICE,
    sent={"friendly_name": _EDIT_INFO, "attributes": _EDIT_INFO, "role_sid": Need(None, None, RoleNotSettable)},
)
"""No conversation is concerned, so only the user's service role counts."""
