"""What end users need to do something to participants."""

from parlour.core.errors import RoleNotSettable
from parlour.core.permissions import Permission
from parlour.core.rights import FREE, Need, Reach, Rights, needs, own_only, own_or_any

NOBODY_SETS_ROLES = Need(None, None, RoleNotSettable)
CREATE = Rights(
    reach=Reach.CONVERSATION,
    sent={
        "identity": Need(frozenset({Permission.JOIN_CONVERSATION}), frozenset({Permission.ADD_PARTICIPANT})),
        "messaging_binding": needs(Permission.ADD_NON_CHAT_PARTICIPANT, Permission.ADD_PARTICIPANT),
        "attributes": FREE,
        "role_sid": NOBODY_SETS_ROLES,
    },
)
"""One's own is one's own identity: joining, which is all that can be done without taking part."""
UPDATE = Rights(
    reach=Reach.CONVERSATION,
    sent={
        "attributes": own_or_any(
            Permission.EDIT_OWN_PARTICIPANT_ATTRIBUTES, Permission.EDIT_ANY_PARTICIPANT_ATTRIBUTES
        ),
        "role_sid": NOBODY_SETS_ROLES,
        "last_read_message_index": own_only(),
        "last_read_timestamp": own_only(),
    },
)
DELETE = Rights(
    reach=Reach.CONVERSATION,
    always=Need(frozenset({Permission.LEAVE_CONVERSATION}), frozenset({Permission.REMOVE_PARTICIPANT})),
)
"""Removing one's own participant means leaving."""
