"""What is published of the parameters of each event, as data: names, formats."""

from parlour.core.webhook_events import PostEvent, PreEvent
from parlour.resources.conversations.model import Conversation
from parlour.resources.messages.model import Message
from parlour.resources.participants.model import Participant
from parlour.resources.receipts.model import Receipt
from parlour.resources.users.model import SeenUser

TEXT = ".+"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
INTEGER = "0|[1-9][0-9]*"
BOOLEAN = "true|false"
JSON = r"\{.*\}"
STATE = "active|inactive|closed|initializing"


def sid(prefix: str) -> str:
    return f"{prefix}[0-9a-f]{{32}}"


EVERY = {
    "AccountSid": sid("AC"),
    "ChatServiceSid": sid("IS"),
    "EventType": "on[A-Z][A-Za-z]+",
    "Source": "API|SYSTEM",
    "RetryCount": "0",
}
"""What every event has. ``ClientIdentity`` comes with the client SDKs."""

NEW_CONVERSATION = {
    "FriendlyName": TEXT,
    "UniqueName": TEXT,
    "Attributes": JSON,
    "MessagingServiceSid": sid("MG"),
    "State": STATE,
}
"""What tells of the message that makes a conversation (``MessagingBinding.*``, ``MessageBody``) comes with channels."""

CONVERSATION = {"ConversationSid": sid("CH"), "DateCreated": TIME, "DateUpdated": TIME, **NEW_CONVERSATION}

NEW_MESSAGE = {
    "ConversationSid": sid("CH"),
    "Body": TEXT,
    "Author": TEXT,
    "ParticipantSid": sid("MB"),
    "Attributes": JSON,
}
"""``Media`` comes with media."""

ADDED_MESSAGE = {**NEW_MESSAGE, "MessageSid": sid("IM"), "Index": INTEGER, "DateCreated": TIME}
MESSAGE = {**ADDED_MESSAGE, "DateUpdated": TIME}

NEW_PARTICIPANT = {
    "ConversationSid": sid("CH"),
    "Identity": TEXT,
    "RoleSid": sid("RL"),
    "Attributes": JSON,
    "MessagingBinding.ProxyAddress": TEXT,
    "MessagingBinding.Address": TEXT,
    "MessagingBinding.ProjectedAddress": TEXT,
    "MessagingBinding.Type": "SMS|CHAT|WHATSAPP|EMAIL",
    "MessagingBinding.Name": TEXT,
    "MessagingBinding.Level": "to|cc|from",
}
ADDED_PARTICIPANT = {**NEW_PARTICIPANT, "ParticipantSid": sid("MB"), "DateCreated": TIME}
PARTICIPANT = {**ADDED_PARTICIPANT, "DateUpdated": TIME}

USER = {"UserSid": sid("US"), "Identity": TEXT, "RoleSid": sid("RL"), "Attributes": JSON, "FriendlyName": TEXT}

PUBLISHED: dict[PreEvent | PostEvent, dict[str, str]] = {
    PreEvent.CONVERSATION_ADD: NEW_CONVERSATION,
    PreEvent.CONVERSATION_UPDATE: CONVERSATION,
    PreEvent.CONVERSATION_REMOVE: CONVERSATION,
    PreEvent.MESSAGE_ADD: NEW_MESSAGE,
    PreEvent.MESSAGE_UPDATE: MESSAGE,
    PreEvent.MESSAGE_REMOVE: MESSAGE,
    PreEvent.PARTICIPANT_ADD: NEW_PARTICIPANT,
    PreEvent.PARTICIPANT_UPDATE: PARTICIPANT,
    PreEvent.PARTICIPANT_REMOVE: PARTICIPANT,
    PreEvent.USER_UPDATE: {**USER, "DateUpdated": TIME},
    PostEvent.CONVERSATION_ADDED: CONVERSATION,
    PostEvent.CONVERSATION_UPDATED: CONVERSATION,
    PostEvent.CONVERSATION_REMOVED: {**CONVERSATION, "DateRemoved": TIME},
    PostEvent.CONVERSATION_STATE_UPDATED: {
        "ConversationSid": sid("CH"),
        "MessagingServiceSid": sid("MG"),
        "StateUpdated": TIME,
        "StateFrom": STATE,
        "StateTo": STATE,
        "Reason": "API|TIMER|EVENT",
    },
    PostEvent.MESSAGE_ADDED: {**ADDED_MESSAGE, "MessagingServiceSid": sid("MG")},
    PostEvent.MESSAGE_UPDATED: MESSAGE,
    PostEvent.MESSAGE_REMOVED: {**MESSAGE, "DateRemoved": TIME},
    PostEvent.PARTICIPANT_ADDED: ADDED_PARTICIPANT,
    PostEvent.PARTICIPANT_UPDATED: {**PARTICIPANT, "LastReadMessageIndex": INTEGER},
    PostEvent.PARTICIPANT_REMOVED: {**PARTICIPANT, "DateRemoved": TIME},
    PostEvent.DELIVERY_UPDATED: {
        "ConversationSid": sid("CH"),
        "MessageSid": sid("IM"),
        "DeliveryReceiptSid": sid("DY"),
        "ChannelMessageSid": sid("[A-Z]{2}"),
        "ParticipantSid": sid("MB"),
        "Status": "sent|delivered|read|failed|undelivered",
        "ErrorCode": "[1-9][0-9]*",
        "DateCreated": TIME,
        "DateUpdated": TIME,
    },
    PostEvent.USER_ADDED: {**USER, "DateCreated": TIME},
    PostEvent.USER_UPDATED: {
        **USER,
        "DateCreated": TIME,
        "DateUpdated": TIME,
        "isOnline": BOOLEAN,
        "isNotifiable": BOOLEAN,
    },
}
"""What each event tells beside EVERY. A parameter without a value is left out."""

NOT_PUBLISHED = {
    Conversation: {
        "created_by": "published nowhere",
        "email_address": "known to REST only, with the bindings",
        "email_name": "known to REST only, with the bindings",
        "inactive_after": "known to REST only, with the timers",
        "closed_after": "known to REST only, with the timers",
        "inactive_due_at": "known to REST only, with the timers",
        "closed_due_at": "known to REST only, with the timers",
        "last_activity_at": "published nowhere",
        "last_index": "published nowhere",
        "message_count": "published nowhere",
        "participant_count": "published nowhere",
        "channel_participant_count": "published nowhere",
        "is_group": "published nowhere",
        "last_event_id": "published nowhere",
    },
    Message: {
        "updated_by": "known to client SDKs only",
        "subject": "known to REST only",
        "delivery": "told receipt by receipt, with onDeliveryUpdated",
        "last_event_id": "published nowhere",
    },
    Participant: {
        "user_sid": "told as Identity",
        "notification_level": "known to REST only, of user and conversation",
        "last_read_at": "known to REST only",
        "read_count": "published nowhere",
        "last_event_id": "published nowhere",
    },
    Receipt: {},
    SeenUser: {"last_event_id": "published nowhere"},
}
"""By the row that an event is about: which of its fields no event tells, and why. Every other one is told."""

NAMED_OTHERWISE = {
    "StateTo": "state",
    "StateUpdated": "state_updated_at",
    "DateCreated": "created_at",
    "DateUpdated": "updated_at",
    "LastReadMessageIndex": "last_read_index",
    "MessagingBinding.ProxyAddress": "proxy_address",
    "MessagingBinding.Address": "address",
    "MessagingBinding.ProjectedAddress": "projected_address",
    "MessagingBinding.Type": "binding_type",
    "MessagingBinding.Name": "binding_name",
    "MessagingBinding.Level": "binding_level",
    "isOnline": "is_online",
    "isNotifiable": "is_notifiable",
}
"""Which field an event's parameter tells, where the name is not the same in other letters."""
