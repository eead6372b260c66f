"""What the resource is made of."""

from parlour.resources.conversations.facts import ConversationRemoved, ConversationUpdated
from parlour.resources.participants import actions, client, feed, sync
from parlour.resources.participants.rest import participants
from parlour.resources.users.facts import UserRemoved
from parlour.runtime.parts import Parts
from parlour.storage.service_deletion import Table

parts = Parts(
    rest=(participants,),
    client=(client.participants,),
    sync=(sync.roster,),
    facts=feed.FACTS,
    reactions={
        UserRemoved: [actions.leave_everywhere],
        ConversationRemoved: [actions.follow_conversation],
        ConversationUpdated: [actions.free_addresses_when_closed],
    },
    tables=(
        Table("participants", is_seeded=True),
        Table("address_pairs", is_seeded=True),
        Table("group_address_sets"),
    ),
)
