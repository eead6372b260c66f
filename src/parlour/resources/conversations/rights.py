"""What end users need to do something to conversations."""

from parlour.core.permissions import Permission
from parlour.core.rights import FREE, Reach, Rights, needs

READ = Rights(reach=Reach.CONVERSATION, why="whoever takes part may read")
CREATE = Rights(
    reach=Reach.SERVICE,
    always=needs(Permission.CREATE_CONVERSATION),
    sent={"friendly_name": FREE, "unique_name": FREE, "attributes": FREE},
)
UPDATE = Rights(
    reach=Reach.CONVERSATION,
    sent={
        "friendly_name": needs(Permission.EDIT_CONVERSATION_NAME),
        "unique_name": needs(Permission.EDIT_CONVERSATION_NAME),
        "attributes": needs(Permission.EDIT_CONVERSATION_ATTRIBUTES),
    },
)
DELETE = Rights(reach=Reach.CONVERSATION, always=needs(Permission.DELETE_CONVERSATION))
