"""Everything that webhooks are told of, by the type of the fact."""

from collections.abc import Mapping, Sequence

from parlour.contract.webhook import Announcement
from parlour.resources.conversations import webhook as conversations
from parlour.resources.messages import webhook as messages
from parlour.resources.participants import webhook as participants
from parlour.resources.receipts import webhook as receipts
from parlour.resources.users import webhook as users

ANNOUNCEMENTS: Mapping[str, Sequence[Announcement]] = {
    **users.ANNOUNCEMENTS,
    **conversations.ANNOUNCEMENTS,
    **participants.ANNOUNCEMENTS,
    **messages.ANNOUNCEMENTS,
    **receipts.ANNOUNCEMENTS,
}
"""By the type of a fact: the events as which webhooks are told of it, in order."""
