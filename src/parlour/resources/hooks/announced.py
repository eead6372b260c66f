"""Everything that goes to webhooks."""

from parlour.contract.webhook import Announcements
from parlour.core.facts import FactReader
from parlour.resources.conversation_webhooks.facts import WebhookReplayAsked
from parlour.resources.conversations import webhook as conversations
from parlour.resources.messages import webhook as messages
from parlour.resources.participants import webhook as participants
from parlour.resources.receipts import webhook as receipts
from parlour.resources.users import webhook as users

ANNOUNCEMENTS: Announcements = {
    **users.ANNOUNCEMENTS,
    **conversations.ANNOUNCEMENTS,
    **participants.ANNOUNCEMENTS,
    **messages.ANNOUNCEMENTS,
    **receipts.ANNOUNCEMENTS,
}
"""The events of each type of fact, in order."""

ANNOUNCED = FactReader([*ANNOUNCEMENTS, WebhookReplayAsked])
"""Reads the facts that webhooks have to do with."""
