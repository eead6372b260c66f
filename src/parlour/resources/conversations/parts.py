"""What the resource is made of."""

from parlour.resources.conversations import actions, client, feed, sync
from parlour.resources.conversations.rest import conversations
from parlour.runtime.parts import Parts, Task
from parlour.storage.service_deletion import Table

parts = Parts(
    rest=(conversations,),
    client=(client.conversations,),
    sync=(sync.channel,),
    facts=feed.FACTS,
    tasks=(Task(actions.COUNTS, actions.sum_up_counts, 10.0),),
    tables=(
        Table("tombstones"),
        Table("conversation_counts"),
        Table("conversations", is_locked=True, is_seeded=True),
        Table("conversation_attributes", is_seeded=True),
    ),
)
