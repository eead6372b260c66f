"""How receipts look to webhooks."""

from parlour.contract.webhook import Announcement, Parameters, Row, Told, moment, number
from parlour.core.webhook_events import PostEvent
from parlour.resources.receipts import events
from parlour.resources.receipts.model import Status


def _subject(payload: Row) -> str:
    sid: str = payload["receipt"]["sid"]
    return sid


def _is_shown(payload: Row) -> bool:
    """Unless its status is `queued`."""
    return bool(payload["receipt"]["status"] != Status.QUEUED)


def _updated(told: Told) -> Parameters:
    receipt = told.payload["receipt"]
    return {
        "ConversationSid": receipt["conversation_sid"],
        "MessageSid": receipt["message_sid"],
        "DeliveryReceiptSid": receipt["sid"],
        "ChannelMessageSid": receipt["channel_message_sid"],
        "ParticipantSid": receipt["participant_sid"],
        "Status": receipt["status"],
        "ErrorCode": number(receipt["error_code"] or None),
        "DateCreated": moment(receipt["created_at"]),
        "DateUpdated": moment(receipt["updated_at"]),
    }


ANNOUNCEMENTS = {events.UPDATED: [Announcement(PostEvent.DELIVERY_UPDATED, _subject, _updated, when=_is_shown)]}
"""By the type of a fact: what webhooks are told of it."""
