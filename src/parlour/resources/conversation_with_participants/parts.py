"""What the resource is made of."""

from parlour.resources.conversation_with_participants import actions
from parlour.resources.conversation_with_participants.rest import conversation_with_participants
from parlour.resources.conversations.facts import ConversationRemoved
from parlour.runtime.parts import Parts, Task
from parlour.storage.service_deletion import Table

parts = Parts(
    rest=(conversation_with_participants,),
    reactions={ConversationRemoved: [actions.follow_conversation]},
    tasks=(Task(actions.PENDING_ADDITIONS, actions.complete_oldest, 5.0),),
    tables=(Table("pending_additions"),),
)
