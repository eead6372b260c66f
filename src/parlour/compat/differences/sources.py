"""Where the sources contradict each other, and which of them parlour follows."""

from parlour.compat.differences.entry import Difference, disagreement

_SHOWN_WEBHOOK = "create fetch list update ConversationScopedWebhook"

DISAGREEMENTS: tuple[Difference, ...] = (
    disagreement(
        "Filters that name no event",
        "Refused with 400 (50054).",
        "update ConfigurationWebhook",
        "update ServiceWebhookConfiguration",
    ),
    disagreement(
        "Users' events for a service",
        "Accepted.",
        "update ServiceWebhookConfiguration",
    ),
    disagreement(
        "Templates of notifications",
        "Null until one is set.",
        "ServiceNotification",
    ),
    disagreement(
        "Notifications never set",
        'Each is `{"enabled": false}`, until anything of it is set.',
        "ServiceNotification",
    ),
    disagreement(
        "Sizes of notifications",
        "Templates have at most 1,024 characters (50058), names of sounds 256 (50059).",
        "update ServiceNotification",
    ),
    disagreement("Attributes of a user", "At most 16 KB.", "create update User"),
    disagreement("Friendly name of a role", "At most 256 characters.", "create Role"),
    disagreement("Body of a message", "At most 32 KB.", "create update ConversationMessage"),
    disagreement(
        "Largest page of the lists of memberships",
        "1,000 rows.",
        "list UserConversation",
        "list ParticipantConversation",
    ),
    disagreement(
        "A write on a closed conversation",
        "Refused with 400 (50377).",
        "update Conversation",
        "create update delete ConversationParticipant",
        "create update delete ConversationMessage",
        "update delete UserConversation",
        "create update ConversationScopedWebhook",
    ),
    disagreement(
        "Role of an SMS or WhatsApp participant",
        "The service's default conversation role; none for an address without a proxy address and for a mere"
        " projected address (group MMS).",
        "create ConversationParticipant",
        "create ConversationWithParticipants",
    ),
    disagreement(
        "Another identity for a participant",
        "Refused with 400 (50444), as the same once more is.",
        "update ConversationParticipant",
    ),
    disagreement(
        "Bindings of a conversation",
        "Null while nothing is bound.",
        "create fetch list update Conversation",
        "create ConversationWithParticipants",
    ),
    disagreement(
        "Years and months in timers",
        "Accepted as 365 and 30 days; at most 100 years in all.",
        "create update Conversation",
        "create ConversationWithParticipants",
        "update Configuration",
    ),
    disagreement("Timers without a state", "Accepted.", "create Conversation", "create ConversationWithParticipants"),
    disagreement("Permissions", "Those that only client programs name are accepted, too.", "create update Role"),
    disagreement(
        "Default roles of a service",
        "Four roles with the permissions listed in `resources/roles/model.py`.",
        "create Service",
        "list Role",
    ),
    disagreement(
        "Date of update of a message",
        "Equal to the date of creation until it is edited.",
        "create fetch list update ConversationMessage",
    ),
    disagreement(
        "URL of a conversation's webhook",
        "At most 512 characters (50372).",
        "create update ConversationScopedWebhook",
    ),
    disagreement(
        "Words of a trigger",
        "Shown under both names.",
        _SHOWN_WEBHOOK,
    ),
    disagreement("ReplayAfter", "Kept, and not shown.", _SHOWN_WEBHOOK),
)
