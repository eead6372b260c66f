"""What the resource is made of."""

from parlour.resources.conversations.facts import ConversationRemoved
from parlour.resources.messages import actions, client, feed, sync
from parlour.resources.messages.rest import messages
from parlour.resources.participants.facts import ParticipantUpdated
from parlour.runtime.parts import Parts
from parlour.storage.service_deletion import Table

parts = Parts(
    rest=(messages,),
    client=(client.messages, client.channel_metadata, client.message_recipients, client.content_templates),
    sync=(sync.messages, sync.in_the_document),
    facts=feed.FACTS,
    reactions={ConversationRemoved: [actions.follow_conversation], ParticipantUpdated: [actions.count_read]},
    tables=(Table("messages", is_seeded=True),),
)
