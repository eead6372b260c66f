"""What the resource is made of."""

from parlour.resources.conversations.facts import ConversationRemoved
from parlour.resources.messages.facts import MessageRemoved
from parlour.resources.receipts import actions, client, feed, sync
from parlour.resources.receipts.rest import receipts
from parlour.runtime.parts import Parts
from parlour.storage.service_deletion import Table

parts = Parts(
    rest=(receipts,),
    client=(client.receipts,),
    sync=(sync.in_the_messages,),
    facts=feed.FACTS,
    reactions={ConversationRemoved: [actions.follow_conversation], MessageRemoved: [actions.follow_message]},
    tables=(Table("receipts"),),
)
