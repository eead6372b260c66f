"""What end users need to do something to messages."""

from parlour.core.permissions import Permission
from parlour.core.rights import FREE, Reach, Rights, needs, own_or_any

SEND = Rights(
    reach=Reach.CONVERSATION,
    always=needs(Permission.SEND_MESSAGE),
    sent={
        "author": FREE,  # whatever it is: an end user's message has their identity
        "body": FREE,
        "subject": FREE,
        "attributes": FREE,
        "media_sid": needs(Permission.SEND_MEDIA_MESSAGE),
        "content_sid": FREE,
        "content_variables": FREE,
    },
)
"""Each need has one permission, since the statement that sends looks for names."""
SEND_ATTACHED = Rights(
    reach=SEND.reach, always=SEND.always, sent={**SEND.sent, "media_sids": needs(Permission.SEND_MEDIA_MESSAGE)}
)
UPDATE = Rights(
    reach=Reach.CONVERSATION,
    sent={
        "body": own_or_any(Permission.EDIT_OWN_MESSAGE, Permission.EDIT_ANY_MESSAGE),
        "attributes": own_or_any(Permission.EDIT_OWN_MESSAGE_ATTRIBUTES, Permission.EDIT_ANY_MESSAGE_ATTRIBUTES),
    },
)
DELETE = Rights(
    reach=Reach.CONVERSATION, always=own_or_any(Permission.DELETE_OWN_MESSAGE, Permission.DELETE_ANY_MESSAGE)
)
LOOK_AT_TEMPLATES = Rights(reach=Reach.SERVICE, why="the users of a service may send its templates")
