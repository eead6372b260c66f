"""What the resource is made of."""

from parlour.resources.participant_conversations.rest import participant_conversations
from parlour.runtime.parts import Parts

parts = Parts(
    rest=(participant_conversations,),
)
