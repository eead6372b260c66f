"""What end users need to make a conversation with its participants."""

from parlour.core.permissions import Permission
from parlour.core.rights import FREE, Reach, Rights, needs
from parlour.resources.conversations import rights as conversations

CREATE = Rights(
    reach=Reach.SERVICE,
    always=needs(Permission.CREATE_CONVERSATION),
    sent={**conversations.CREATE.sent, "participant": FREE},
)
"""Nobody takes part yet, so only the user's service role counts. Each participant is asked about as for adding one."""
