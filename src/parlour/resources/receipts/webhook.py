"""How receipts look to webhooks."""

from parlour.contract.webhook import AnnouncedFact, Announcement, Announcements, Parameters, moment, number
from parlour.core.webhook_events import PostEvent
from parlour.resources.receipts.facts import DeliveryUpdated
from parlour.resources.receipts.model import Status


def _is_shown(fact: DeliveryUpdated) -> bool:
    """Unless its status is `queued`."""
    return fact.receipt.status != Status.QUEUED


def _updated(announced: AnnouncedFact[DeliveryUpdated]) -> Parameters:
    receipt = announced.fact.receipt
    return {
        "ConversationSid": receipt.conversation_sid,
        "MessageSid": receipt.message_sid,
        "DeliveryReceiptSid": receipt.sid,
        "ChannelMessageSid": receipt.channel_message_sid,
        "ParticipantSid": receipt.participant_sid,
        "Status": receipt.status,
        "ErrorCode": number(receipt.error_code or None),
        "DateCreated": moment(receipt.created_at),
        "DateUpdated": moment(receipt.updated_at),
    }


ANNOUNCEMENTS: Announcements = {DeliveryUpdated: [Announcement(PostEvent.DELIVERY_UPDATED, _updated, when=_is_shown)]}
"""The events of each type of fact."""
