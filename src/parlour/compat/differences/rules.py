"""What parlour chose about the rules of services, credentials, addresses and users, where the sources are silent."""

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
        "Who can be reached",
        "`is_online` and `is_notifiable` appear when a user is fetched and in webhooks, and nowhere else.",
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
)
