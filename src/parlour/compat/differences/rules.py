"""What parlour chose about the rules of single resources, where the sources are silent."""

from parlour.compat.differences.entry import Difference, choice

RULES: tuple[Difference, ...] = (
    choice(
        "What an account is born with",
        "A default service, and a messaging service that its conversations get unless they name another.",
        "Configuration",
        "create Conversation",
        "create ConversationWithParticipants",
    ),
    choice("Equal names", "Services and roles may have the same name.", "create Service", "create Role"),
    choice(
        "Deleting the default service",
        "Refused (400, 20001) until another service is the default.",
        "delete Service",
    ),
    choice(
        "Default timers",
        "None at first; they are given to conversations made afterwards, in all services.",
        "update Configuration",
        "create Conversation",
        "create ConversationWithParticipants",
    ),
    choice(
        "Default roles",
        "A role that is unknown, malformed, empty or of the wrong type is 404: 50106 for creators, 50109 for"
        " participants, 50102 for users.",
        "update ServiceConfiguration",
    ),
    choice(
        "Webhooks of an account or service",
        "A wrong URL, or one of more than 2,048 characters, is 50077 for `PreWebhookUrl` and 50078 for"
        " `PostWebhookUrl`; a method other than GET and POST is 50055.",
        "update ConfigurationWebhook",
        "update ServiceWebhookConfiguration",
    ),
    choice(
        "Webhooks that are not set",
        "The method is POST at first, of the account's and of a service's.",
        "ConfigurationWebhook",
        "ServiceWebhookConfiguration",
    ),
    choice(
        "No filters",
        "A single empty value of `Filters` removes them all, and the list is then empty; never set, it is null.",
        "ConfigurationWebhook",
        "ServiceWebhookConfiguration",
    ),
    choice(
        "Date of update of a service",
        "Moved when its settings, webhooks or notifications change.",
        "update ServiceConfiguration",
        "update ServiceNotification",
        "update ServiceWebhookConfiguration",
        "fetch list Service",
    ),
    choice(
        "Deleting a role",
        "One that is in use or a default of its service cannot be deleted (409, 20409).",
        "delete Role",
    ),
    choice(
        "Lists of permissions",
        "Kept in the order given, without doubles; one that does not fit the role's type is 400 (50104).",
        "create update Role",
    ),
    choice(
        "Secrets of credentials",
        "Each is optional, stored as sent, at most 16,384 characters (20001), and cleared by an empty value.",
        "create update Credential",
    ),
    choice(
        "Sandbox of a credential",
        'Null unless the type is `apn`, and then `"False"` unless it was set.',
        "create fetch list update Credential",
    ),
    choice(
        "Deleting a credential",
        "Leaves the bindings that name it.",
        "delete Credential",
    ),
    choice(
        "Addresses of address configurations",
        "Any text of up to 256 characters that does not look like the SID of one, whatever the type; a second"
        " configuration of an address is 409 (20409).",
        "create ConfigurationAddress",
    ),
    choice(
        "Country of an address",
        "Two letters in any case, shown in upper case.",
        "create ConfigurationAddress",
    ),
    choice(
        "Settings of autocreation",
        "Not enabled, of the type `default`, with the method POST, no filters and no retries at first; what"
        " another type uses is kept, but shown as null.",
        "create update ConfigurationAddress",
    ),
    choice(
        "Wrong settings of autocreation",
        "A missing URL or flow is 20001, a wrong URL 50054, one of more than 512 characters 50372, a wrong method"
        " 50055, filter 50365 or flow 50367; there are 0 to 3 retries (50065).",
        "create update ConfigurationAddress",
    ),
    choice(
        "Service of autocreation",
        "One that is unknown is 404 (50050); after one was deleted, the default service takes over.",
        "create update ConfigurationAddress",
        "delete Service",
    ),
    choice(
        "Filtering address configurations",
        "A `Type` that does not exist is 400 (20001).",
        "list ConfigurationAddress",
    ),
    choice(
        "Whose a device is",
        "In a service, a device's token has one binding of each type; who registers it takes it over, under a new SID.",
        "ServiceBinding",
    ),
    choice(
        "Idle bindings",
        "Removed when they were not registered again for a year.",
        "ServiceBinding",
    ),
    choice(
        "Who can be notified",
        "`is_notifiable` appears when a user is fetched and in webhooks, and nowhere else.",
        "fetch update User",
    ),
    choice(
        "Reserved identity",
        "The identity `system` is reserved (50203).",
        "create User",
        "create update ConversationParticipant",
        "create ConversationWithParticipants",
    ),
    choice("Friendly name of a user", "At most 256 characters.", "create update User"),
    choice(
        "Deleting a user",
        "Removes its participants everywhere, also from closed conversations; messages stay.",
        "delete User",
    ),
    choice(
        "Coming back as a user",
        "An identity that was deleted and is added again is a new user with a new SID.",
        "create delete User",
        "create ConversationParticipant",
        "create ConversationWithParticipants",
    ),
    choice(
        "Users made on the way",
        "A participant with an identity that is no user yet makes one, with the service's default role and no name.",
        "create update ConversationParticipant",
        "create ConversationWithParticipants",
    ),
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
