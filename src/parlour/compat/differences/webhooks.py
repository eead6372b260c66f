"""What parlour chose about calling webhooks, where the sources are silent."""

from parlour.compat.differences.entry import Difference, choice

_SETTINGS = ("update ConfigurationWebhook", "update ServiceWebhookConfiguration")
_SCOPED = "create update ConversationScopedWebhook"
_ASKED = (
    "create update delete Conversation",
    "create ConversationWithParticipants",
    "create update delete ConversationParticipant",
    "create update delete ConversationMessage",
    "update User",
)
"""What a pre-action webhook can be asked about."""

WEBHOOKS: tuple[Difference, ...] = (
    choice(
        "Whose webhooks are called",
        "Those of a service that has a URL of its own take the place of the account's wholly; nothing is mixed.",
        *_SETTINGS,
    ),
    choice("Webhooks without filters", "None of their events is sent.", *_SETTINGS),
    choice(
        "Asking over REST",
        "Where `X-Twilio-Webhook-Enabled` is true, pre-action webhooks are asked, too, and a refusal is 403 (50056).",
        *_ASKED,
    ),
    choice(
        "Answers of a pre-action webhook",
        "Any 2xx lets the change go ahead, and any other status refuses it; without a complete answer within 5 seconds,"
        " or any answer at all, it goes ahead.",
        *_ASKED,
    ),
    choice(
        "Redirects of webhooks",
        "Up to 3 are followed: 303 with GET, 307 and 308 with the same method.",
        *_SETTINGS,
        _SCOPED,
    ),
    choice(
        "Retries of webhooks",
        "A pre-action webhook is called once; others are called again after 429, 503, 504, a timeout or no connection,"
        " 1, 2 and 4 seconds later, as often as the setting `webhook_retries` says. With the setting `webhook_patience`"
        " they are waited for beyond that, also after 502 and 521 to 524; unless set, they are not.",
        *_SETTINGS,
        _SCOPED,
    ),
    choice(
        "Order of webhooks",
        "Of one conversation and URL, one at a time in the order of the changes; a failing one holds up the next for"
        " its own retries only.",
        *_SETTINGS,
        _SCOPED,
    ),
    choice(
        "Changes of state",
        "`onConversationUpdated` is sent first, then `onConversationStateUpdated`; a change of the state alone is sent"
        " as both.",
        "update Conversation",
        "create ConversationMessage",
    ),
    choice(
        "What goes with a conversation",
        "Its deletion is sent as `onConversationRemoved`, and not the end of each participant and message.",
        "delete Conversation",
        "delete Service",
    ),
    choice(
        "Side effects",
        "What a call brings about besides, such as a new user, is sent to webhooks if the call asks for them.",
        "create update ConversationParticipant",
        "create ConversationWithParticipants",
        "delete User",
        "create ConversationMessage",
    ),
    choice(
        "Participants added together",
        "`onParticipantAdded` is sent for each, before the state of the conversation changes.",
        "create ConversationWithParticipants",
    ),
    choice(
        "Origins of events",
        "`Source` is `SYSTEM` for timers and receipts, which are sent whatever the header says.",
        *_SETTINGS,
        _SCOPED,
    ),
    choice(
        "Parameters without a value",
        "Left out, the `ErrorCode` of a receipt without an error as well.",
        *_SETTINGS,
        _SCOPED,
    ),
    choice(
        "Triggers",
        "A message fires one when its body contains the word, in any letter case.",
        _SCOPED,
    ),
    choice(
        "Messages before the webhook",
        "With `Configuration.ReplayAfter` they are sent in order before anything new, however they came about.",
        "create ConversationScopedWebhook",
    ),
    choice(
        "Addresses that webhooks may reach",
        "Private, loopback and link-local ones only if the setting `webhook_allow_private` says so.",
        *_SETTINGS,
        _SCOPED,
    ),
    choice(
        "Webhooks that change meanwhile",
        "What counts is what is configured when an event is passed on, just after the commit.",
        *_SETTINGS,
        _SCOPED,
        "delete ConversationScopedWebhook",
    ),
    choice(
        "Updates that change nothing",
        "A pre-action webhook is called for an update that sends nothing; no post-action webhook follows.",
        "update Conversation",
        "update ConversationParticipant",
        "update ConversationMessage",
        "update User",
    ),
    choice(
        "Details of a webhook's URL",
        "User name and password are sent at once as Basic credentials; they and a fragment are not signed.",
        *_SETTINGS,
        _SCOPED,
    ),
)
