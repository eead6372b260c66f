"""The catalogue: every resource, in the order in which they may know each other, and what links them upwards."""

from collections.abc import Awaitable, Callable, Mapping

from parlour.contract.feed import FactParts
from parlour.contract.rest import Resource
from parlour.core.scope import Scope
from parlour.resources.account_webhooks.rest import account_webhooks
from parlour.resources.address_configurations.rest import address_configurations
from parlour.resources.bindings import actions as binding_actions
from parlour.resources.bindings import feed as binding_feed
from parlour.resources.bindings.rest import bindings
from parlour.resources.clock.rest import clock
from parlour.resources.configuration.rest import configuration
from parlour.resources.conversation_webhooks import actions as conversation_webhook_actions
from parlour.resources.conversation_webhooks import feed as conversation_webhook_feed
from parlour.resources.conversation_webhooks.rest import conversation_webhooks
from parlour.resources.conversation_with_participants import actions as pending_additions
from parlour.resources.conversation_with_participants.rest import conversation_with_participants
from parlour.resources.conversations import actions as conversation_actions
from parlour.resources.conversations import feed as conversation_feed
from parlour.resources.conversations.facts import ConversationRemoved, ConversationUpdated
from parlour.resources.conversations.rest import conversations
from parlour.resources.credentials.rest import credentials
from parlour.resources.deliveries import retention
from parlour.resources.deliveries.rest import deliveries
from parlour.resources.explanations.rest import explanations
from parlour.resources.messages import actions as message_actions
from parlour.resources.messages import feed as message_feed
from parlour.resources.messages.facts import MessageRemoved
from parlour.resources.messages.rest import messages
from parlour.resources.notifications.rest import notifications
from parlour.resources.participant_conversations.rest import participant_conversations
from parlour.resources.participants import actions as participant_actions
from parlour.resources.participants import feed as participant_feed
from parlour.resources.participants.facts import ParticipantUpdated
from parlour.resources.participants.rest import participants
from parlour.resources.receipts import actions as receipt_actions
from parlour.resources.receipts import feed as receipt_feed
from parlour.resources.receipts.rest import receipts
from parlour.resources.replays.rest import replay_batches, replays
from parlour.resources.roles import feed as role_feed
from parlour.resources.roles.rest import roles
from parlour.resources.service_configuration.rest import service_configuration
from parlour.resources.service_webhooks.rest import service_webhooks
from parlour.resources.services import feed as service_feed
from parlour.resources.services.facts import ServiceRemoved
from parlour.resources.services.rest import services
from parlour.resources.timers import actions as timer_actions
from parlour.resources.unread.rest import unread
from parlour.resources.user_conversations.rest import user_conversations
from parlour.resources.users import feed as user_feed
from parlour.resources.users.facts import UserRemoved
from parlour.resources.users.rest import users
from parlour.runtime.node import Node
from parlour.storage.service_deletion import empty
from parlour.storage.transaction import Reactions, Transaction

RESOURCES: tuple[Resource, ...] = (
    configuration,
    account_webhooks,
    services,
    service_configuration,
    notifications,
    service_webhooks,
    roles,
    credentials,
    address_configurations,
    users,
    bindings,
    conversations,
    conversation_webhooks,
    participants,
    messages,
    receipts,
    user_conversations,
    unread,
    participant_conversations,
    conversation_with_participants,
    clock,
    deliveries,
    replays,
    replay_batches,
    explanations,
)


async def _empty_service(tx: Transaction, scope: Scope, fact: ServiceRemoved) -> None:
    """A deleted service has nothing inside."""
    await empty(tx, fact.service.sid)


REACTIONS: Reactions = {
    ServiceRemoved: [_empty_service],
    UserRemoved: [binding_actions.follow_user, participant_actions.leave_everywhere],
    ConversationRemoved: [
        conversation_webhook_actions.follow_conversation,
        participant_actions.follow_conversation,
        message_actions.follow_conversation,
        receipt_actions.follow_conversation,
        pending_additions.follow_conversation,
    ],
    ConversationUpdated: [participant_actions.free_addresses_when_closed],
    ParticipantUpdated: [message_actions.count_read],
    MessageRemoved: [receipt_actions.follow_message],
}
"""What resources change because of the facts of those below them, in the same transaction."""

LOOPS: Mapping[str, tuple[Callable[[Node], Awaitable[bool | float]], float]] = {
    binding_actions.BINDINGS: (binding_actions.expire, 3600.0),
    pending_additions.PENDING_ADDITIONS: (pending_additions.complete_oldest, 5.0),
    conversation_actions.COUNTS: (conversation_actions.sum_up_counts, 10.0),
    conversation_webhook_actions.RETIRED: (conversation_webhook_actions.forget, 3600.0),
    retention.HOUSEKEEPING: (retention.forget, 3600.0),
    timer_actions.TIMERS: (timer_actions.elapse, timer_actions.INTERVAL_SECONDS),
}
"""What resources do in the background, by name: a turn of it, and after how many seconds it is taken unasked."""

FEED: FactParts = {
    **service_feed.FACTS,
    **role_feed.FACTS,
    **user_feed.FACTS,
    **binding_feed.FACTS,
    **conversation_feed.FACTS,
    **conversation_webhook_feed.FACTS,
    **participant_feed.FACTS,
    **message_feed.FACTS,
    **receipt_feed.FACTS,
}
"""By the type of a fact: what the event feed shows of it. A fact that is not here is shown without a payload."""
