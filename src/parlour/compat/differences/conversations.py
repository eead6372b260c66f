"""What parlour chose about the rules of conversations and what is in them, where the sources are silent."""

from parlour.compat.differences.entry import Difference, choice

CONVERSATIONS: tuple[Difference, ...] = (
    choice(
        "What timers count from",
        "Both timers count from the last activity, which is the creation and then each message; edits, participants"
        " and reading are none, setting a timer or the state restarts both.",
        "create update Conversation",
        "create ConversationMessage",
        "create ConversationWithParticipants",
    ),
    choice(
        "When timers run out",
        "Within some seconds of their moments, in the order of those; a conversation that would be inactive no earlier"
        " than closed is only closed.",
        "create update Conversation",
        "create ConversationWithParticipants",
    ),
    choice(
        "Waking up",
        "Any message makes an inactive conversation active; adding somebody, editing and reading do not.",
        "create ConversationMessage",
        "create update ConversationParticipant",
    ),
    choice(
        "Conversations that are put together",
        "While `initializing`, a conversation can be read and deleted; every other write, on it or on anything in it,"
        " is 409 (50386), also where what the path names is not there yet.",
        "update Conversation",
        "create update delete ConversationParticipant",
        "create update delete ConversationMessage",
        "create update delete ConversationScopedWebhook",
        "list update delete UserConversation",
        "list ParticipantConversation",
        "create ConversationWithParticipants",
    ),
    choice(
        "Closed conversations",
        "Only reading and deleting are left: participants, messages and UserConversations in them can be neither"
        " changed nor deleted one by one.",
        "update Conversation",
        "create update delete ConversationParticipant",
        "create update delete ConversationMessage",
        "update delete UserConversation",
    ),
    choice(
        "State initializing",
        "Cannot be asked for (400, 50378).",
        "create update Conversation",
        "create ConversationWithParticipants",
    ),
    choice(
        "Unique names",
        "At most 256 characters.",
        "create update Conversation",
        "create ConversationWithParticipants",
    ),
    choice(
        "Names for e-mail",
        "`Bindings.Email.Address` and `Bindings.Email.Name` take at most 256 characters, of any form.",
        "create update Conversation",
        "create ConversationWithParticipants",
    ),
    choice(
        "Date of update of a conversation",
        "Moved by edits and changes of state, not by messages.",
        "update Conversation",
        "create ConversationMessage",
    ),
    choice(
        "Webhooks of a conversation",
        "What does not apply to the target is checked and dropped; without `Configuration.Method` it is `post`; a wrong"
        " URL is 50054, a wrong method 50055, and `studio` without a flow 20001.",
        "create update ConversationScopedWebhook",
    ),
    choice(
        "Webhooks of a closed conversation",
        "They can be deleted, but neither made nor changed.",
        "create update delete ConversationScopedWebhook",
    ),
    choice(
        "Address pairs",
        "Unique among the open conversations of the whole account, within one conversation too (409, 50416).",
        "create update ConversationParticipant",
        "create ConversationWithParticipants",
    ),
    choice(
        "Addresses",
        "The type of an address follows from its form: E.164 is `sms`, a prefix names its channel, an `@` means"
        " `email`; an address alone is accepted, a proxy address alone is 50411.",
        "create ConversationParticipant",
        "create ConversationWithParticipants",
    ),
    choice(
        "Empty parts of a new participant",
        "A participant can't be made with an empty identity (50204), address (50411), proxy address (50412) or"
        " projected address (50434); in an update, empty removes.",
        "create ConversationParticipant",
        "create ConversationWithParticipants",
    ),
    choice(
        "Names for e-mail addresses",
        "`MessagingBinding.Name` (at most 256 characters) and `.Level` (`to`, `cc` or `from`) are taken when an e-mail"
        " participant is added.",
        "create ConversationParticipant",
        "create ConversationWithParticipants",
    ),
    choice(
        "Group MMS",
        "A conversation is one from three phone numbers on, at least one of them without a proxy address and one"
        " projected, until there are fewer.",
        "create update delete ConversationParticipant",
        "create ConversationWithParticipants",
        "delete User",
    ),
    choice(
        "Group MMS for everybody",
        "No account is refused group MMS (50452) or a projected address (50439), since parlour neither sends it nor"
        " knows whose numbers are whose.",
        "create update ConversationParticipant",
        "create ConversationWithParticipants",
    ),
    choice(
        "Authors in group MMS",
        "The author of a message must be the identity, address or projected address of a participant (50513), so the"
        " default `system` is refused.",
        "create update ConversationMessage",
    ),
    choice(
        "Changing an identity",
        "An identity can be added to a participant with a projected address, and never be removed; an empty"
        " `Identity` in an update is ignored.",
        "update ConversationParticipant",
    ),
    choice(
        "Participants in one call",
        "ConversationWithParticipants keeps the address pairs at once and adds the participants shortly after, all or"
        " none.",
        "create ConversationWithParticipants",
    ),
    choice(
        "Participants as JSON",
        "Values other than texts, malformed JSON and NUL are 400 (50424); null is as good as nothing, and names that"
        " are not known are ignored.",
        "create ConversationWithParticipants",
    ),
    choice(
        "When adding fails after all",
        "The conversation becomes closed, its address pairs are free again, and the log has 50427.",
        "create ConversationWithParticipants",
    ),
    choice(
        "Coming back",
        "Whoever is added again is a new participant: without a read horizon, with the default notification level.",
        "create delete ConversationParticipant",
        "delete UserConversation",
    ),
    choice("Empty messages", "An empty `Body` is a body; none at all is 50503.", "create ConversationMessage"),
    choice(
        "Authors",
        "The author has at most 256 characters and need not be a participant; one with that identity, or else that"
        " address or projected address, is named by `participant_sid`.",
        "create update ConversationMessage",
    ),
    choice(
        "Delivery of a message",
        "Null until it was handed over for somebody on a channel; `total` counts those recipients, and each status"
        " those who have reached it, so that who has read counts as delivered and sent, too.",
        "create fetch list update ConversationMessage",
    ),
    choice(
        "Status of a receipt",
        "Never goes back from `read` to `delivered` to `sent`, and nothing follows `failed` or `undelivered`; a receipt"
        " is shown from `sent` or a failure on.",
        "ConversationMessageReceipt",
    ),
    choice(
        "Read horizons",
        "Stored as sent: a horizon may go back, and lie beyond the last message; sending a message does not move it.",
        "update ConversationParticipant",
        "update UserConversation",
        "create ConversationMessage",
    ),
    choice(
        "Unread counts",
        "All messages after the horizon count, one's own included.",
        "fetch list update UserConversation",
    ),
    choice(
        "Unknown users",
        "An identity or user that is unknown, and a conversation that the user is not in, are 404.",
        "UserConversation",
    ),
    choice(
        "Identity or address",
        "Neither is 400 (20001).",
        "list ParticipantConversation",
    ),
    choice(
        "Notification level",
        "Changing it alone does not touch the participant's date of update.",
        "update UserConversation",
    ),
)
