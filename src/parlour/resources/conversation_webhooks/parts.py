"""What the resource is made of."""

from parlour.resources.conversation_webhooks import actions, feed
from parlour.resources.conversation_webhooks.rest import conversation_webhooks
from parlour.resources.conversations.facts import ConversationRemoved
from parlour.runtime.parts import Parts, Task
from parlour.storage.service_deletion import Table

parts = Parts(
    rest=(conversation_webhooks,),
    facts=feed.FACTS,
    reactions={ConversationRemoved: [actions.follow_conversation]},
    tasks=(Task(actions.RETIRED, actions.forget, 3600.0),),
    tables=(Table("conversation_webhooks"),),
)
