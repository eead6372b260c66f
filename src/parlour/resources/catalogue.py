"""The catalogue: every resource, in the order in which they may know each other."""

from parlour.contract.feed import FactMembers
from parlour.contract.rest import Resource
from parlour.contract.sync import Projection, merged
from parlour.core.scope import Scope
from parlour.resources.account_webhooks.parts import parts as account_webhooks
from parlour.resources.address_configurations.parts import parts as address_configurations
from parlour.resources.bindings.parts import parts as bindings
from parlour.resources.clock.parts import parts as clock
from parlour.resources.configuration.parts import parts as configuration
from parlour.resources.conversation_webhooks.parts import parts as conversation_webhooks
from parlour.resources.conversation_with_participants.parts import parts as conversation_with_participants
from parlour.resources.conversations.parts import parts as conversations
from parlour.resources.credentials.parts import parts as credentials
from parlour.resources.deliveries.parts import parts as deliveries
from parlour.resources.explanations.parts import parts as explanations
from parlour.resources.messages.parts import parts as messages
from parlour.resources.notifications.parts import parts as notifications
from parlour.resources.participant_conversations.parts import parts as participant_conversations
from parlour.resources.participants.parts import parts as participants
from parlour.resources.presence.parts import parts as presence
from parlour.resources.receipts.parts import parts as receipts
from parlour.resources.replays.parts import parts as replays
from parlour.resources.roles.parts import parts as roles
from parlour.resources.service_configuration.parts import parts as service_configuration
from parlour.resources.service_webhooks.parts import parts as service_webhooks
from parlour.resources.services.facts import ServiceRemoved
from parlour.resources.services.parts import parts as services
from parlour.resources.timers.parts import parts as timers
from parlour.resources.tokens.parts import parts as tokens
from parlour.resources.unread.parts import parts as unread
from parlour.resources.user_conversations.parts import parts as user_conversations
from parlour.resources.users.parts import parts as users
from parlour.runtime.parts import Measure, Parts, Task, reactions_of
from parlour.storage.service_deletion import Table, empty
from parlour.storage.transaction import Transaction

CATALOGUE: tuple[Parts, ...] = (
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
    presence,
    tokens,
    bindings,
    conversations,
    timers,
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
    explanations,
)

RESOURCES: tuple[Resource, ...] = tuple(resource for parts in CATALOGUE for resource in parts.rest)
CLIENT_RESOURCES: tuple[Resource, ...] = tuple(resource for parts in CATALOGUE for resource in parts.client)
"""What client SDKs call by way of their sockets."""
FACTS: FactMembers = {fact: members for parts in CATALOGUE for fact, members in parts.facts.items()}
"""By the type of a fact: what the event feed shows of it. A fact that is not here is shown without a payload."""
PROJECTIONS: tuple[Projection, ...] = merged([each for parts in CATALOGUE for each in parts.sync])
"""The Sync objects that client SDKs see."""
TASKS: tuple[Task, ...] = tuple(task for parts in CATALOGUE for task in parts.tasks)
BACKLOG: tuple[Measure, ...] = tuple(measure for parts in CATALOGUE for measure in parts.backlog)
TABLES: tuple[Table, ...] = tuple(table for parts in CATALOGUE for table in parts.tables)


async def _empty_service(tx: Transaction, scope: Scope, fact: ServiceRemoved) -> None:
    """A deleted service has nothing inside."""
    await empty(tx, TABLES, fact.service.sid)


REACTIONS = reactions_of([Parts(reactions={ServiceRemoved: [_empty_service]}), *CATALOGUE])
