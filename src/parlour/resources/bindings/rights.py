"""What end users need to do something to bindings."""

from parlour.core.rights import FREE, Reach, Rights, own_only

REGISTER = Rights(
    reach=Reach.SERVICE,
    always=own_only(),
    sent={
        "identity": FREE,
        "binding_type": FREE,
        "address": FREE,
        "endpoint": FREE,
        "credential_sid": FREE,
        "message_types": FREE,
    },
    why="every user may be told of what concerns them",
)
UNREGISTER = Rights(reach=Reach.SERVICE, always=own_only(), why="every user may stop that again")
REGISTER_OWN = Rights(
    reach=Reach.SERVICE,
    sent={"channel_type": FREE, "endpoint_platform": FREE, "message_types": FREE, "data": FREE},
    why="every user may be told of what concerns them",
)
UNREGISTER_OWN = Rights(
    reach=Reach.SERVICE, sent={"binding_type": FREE, "address": FREE}, why="every user may stop that again"
)
