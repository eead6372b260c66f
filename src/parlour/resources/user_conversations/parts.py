"""What the resource is made of."""

from parlour.resources.user_conversations import client, sync
from parlour.resources.user_conversations.rest import user_conversations
from parlour.runtime.parts import Parts

parts = Parts(
    rest=(user_conversations,),
    client=(client.my_conversations,),
    sync=(sync.my_conversations,),
)
