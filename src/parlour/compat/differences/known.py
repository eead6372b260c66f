"""Where the original is known, and parlour does something else, or less."""

from parlour.compat.differences.entry import Difference, known

_ADDRESSES = (
    "MessagingBinding.Address", "MessagingBinding.ProxyAddress", "MessagingBinding.ProjectedAddress", "Participant",
)  # fmt: skip

KNOWN: tuple[Difference, ...] = (
    known(
        "Flows",
        "Messages for a Studio flow go to the URL in the setting `studio_url`, without it to nobody.",
        "create update ConversationScopedWebhook",
        only_with=("Configuration.FlowSid",),
    ),
    known(
        "Flex",
        "Events for the target `flex` go nowhere.",
        "update ConfigurationWebhook",
        only_with=("Target",),
    ),
    known(
        "Channels",
        "Messages go to no SMS, WhatsApp or e-mail; addresses are only kept.",
        "create ConversationMessage",
        "create update ConversationParticipant",
        "create ConversationWithParticipants",
        only_with=_ADDRESSES,
    ),
    known(
        "Media",
        "`MediaSid` is refused (404, 50507) and `media` is null, since parlour stores no media.",
        "create fetch list update ConversationMessage",
        only_with=("MediaSid",),
    ),
    known(
        "Content templates",
        "`ContentSid` is refused (400, 50526) and `content_sid` is null, since parlour stores no templates.",
        "create fetch list update ConversationMessage",
        only_with=("ContentSid",),
    ),
    known(
        "Delivery",
        "`delivery` of a message is null, and its list of receipts is empty, since no channel makes receipts yet.",
        "create fetch list update ConversationMessage",
        "ConversationMessageReceipt",
        only_with=_ADDRESSES,
    ),
    known(
        "Push",
        "Nothing is pushed to devices; client SDKs register them.",
        "create update Credential",
        "ServiceBinding",
        "update ServiceNotification",
    ),
    known(
        "Autocreation",
        "Address configurations are kept, but no message opens a conversation.",
        "create update ConfigurationAddress",
    ),
    known("Rate limits", "There are none but for wrong credentials.", "create update delete *"),
    known(
        "Pages of other sites",
        "What a browser sends for the page of another site is refused with 403 if it changes something.",
    ),
    known(
        "Order of SIDs",
        "Every SID made here begins with its time of creation and so sorts by it; the original's are random.",
    ),
    known(
        "Informational headers",
        "Only `Twilio-Request-Id`, `Twilio-Request-Duration` and the CORS set are sent.",
    ),
    known(
        "Credentials",
        "Only HTTP Basic with an auth token or an API key is understood; a bearer token is 401, and keys cannot be"
        " restricted to some operations.",
    ),
    known(
        "Late identities",
        "A participant who got an identity after its projected address is found by that identity.",
        "list ParticipantConversation",
        only_with=("MessagingBinding.ProjectedAddress",),
    ),
    known(
        "Freshness",
        "Unread counts and lists are exact at once.",
        "fetch list update UserConversation",
        "list ParticipantConversation",
    ),
)
