"""What client SDKs see of receipts: their sum, in the message."""

from parlour.contract.sync import Addition, Change, Shown
from parlour.core.sync_names import MESSAGES
from parlour.resources.conversations.sync import owner
from parlour.resources.messages.sync import as_it_is
from parlour.resources.receipts.facts import DeliveryUpdated

in_the_messages = Addition(MESSAGES, facts={DeliveryUpdated: Shown(Change.UPDATED, owner, as_it_is)})
