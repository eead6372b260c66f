"""What the resource is made of."""

from parlour.resources.user_conversations import client
from parlour.resources.user_conversations.rest import user_conversations
from parlour.runtime.parts import Parts

parts = Parts(
    rest=(user_conversations,),
    client=(client.my_conversations,),
)
