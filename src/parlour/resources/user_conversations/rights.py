"""What end users need to do something to their conversations."""

from parlour.core.permissions import Permission
from parlour.core.rights import Reach, Rights, own_only

READ = Rights(reach=Reach.SERVICE, always=own_only(), why="a user may see where they take part themselves")
UPDATE = Rights(
    reach=Reach.CONVERSATION,
    always=own_only(),
    sent={
        "notification_level": own_only(Permission.EDIT_NOTIFICATION_LEVEL),
        "last_read_message_index": own_only(),
        "last_read_timestamp": own_only(),
    },
)
DELETE = Rights(reach=Reach.CONVERSATION, always=own_only(Permission.LEAVE_CONVERSATION))
