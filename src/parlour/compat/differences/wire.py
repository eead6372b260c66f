"""What parlour chose about requests, answers and lists of every kind, where the sources are silent."""

from parlour.compat.differences.entry import Difference, choice

WIRE: tuple[Difference, ...] = (
    choice(
        "Order of checks",
        "Credentials first, then path and method, the service and parent, missing parameters, the form of each, the"
        " state of the conversation, what is referred to, duplicates, and numbers last.",
    ),
    choice(
        "Bodies",
        "A body that says it is something else than a form is 415 (20001), one over 1 MiB 413 (20413), one of more"
        " than 1,000 fields 400 (20001).",
        "create update *",
    ),
    choice(
        "Broken text",
        "A percent sign without two hexadecimal digits, bytes that are not UTF-8, and NUL are 400 (20001) in a body"
        " or query and 404 in a path.",
    ),
    choice("Paths", "A trailing slash is accepted, and a `+` in a path is a plus; in a form it is a space."),
    choice("Repeated parameters", "Of a parameter that is sent twice but is no list, the last counts."),
    choice("Values in a query", "An empty value counts as not sent, whatever the parameter.", "list *"),
    choice(
        "A plus that is not escaped",
        "Becomes a blank, which before the offset of a date is taken for the plus again.",
        "create update Conversation",
        "create ConversationWithParticipants",
        "list Conversation",
        "create update ConversationParticipant",
        "create update ConversationMessage",
        "update UserConversation",
    ),
    choice(
        "Dates sent",
        "Read leniently: offsets, fractions (cut off) and bare days, which mean their first second, as `EndDate`"
        " their last.",
        "create update Conversation",
        "create ConversationWithParticipants",
        "list Conversation",
        "create update ConversationParticipant",
        "create update ConversationMessage",
        "update UserConversation",
    ),
    choice(
        "Words",
        "The words of an enumeration and of `true` and `false` are taken in any letter case.",
        "create update *",
        "list Conversation",
        "list ConversationMessage",
    ),
    choice(
        "Clearing",
        "An empty value or the word `null` removes a name, an address, a SID, a read horizon; a timer is removed by"
        " an empty value or `PT0S`.",
        "create update *",
    ),
    choice("Empty updates", "An update that sends nothing is 200 and changes nothing.", "update *"),
    choice("Upper case", "SIDs and names are compared exactly, so a SID in upper case is well formed and not found."),
    choice("Sizes", "1 KB is 1,024 bytes of UTF-8, and characters are Unicode code points.", "create update *"),
    choice(
        "The webhook header",
        "`X-Twilio-Webhook-Enabled` means yes when it is `true` in any letter case; anything else counts as absent.",
        "create update delete Conversation",
        "create update delete ConversationParticipant",
        "create update delete ConversationMessage",
        "create update delete User",
        "create ConversationWithParticipants",
    ),
    choice(
        "Unconfirmed statuses",
        "Where the error dictionary gives a code without a status, its kind decides: bad input 400, a limit 403,"
        " something absent 404, a duplicate 409.",
    ),
    choice(
        "Addresses in answers",
        "URLs hold SIDs, also when the caller used a unique name or an identity, and begin with the request's scheme"
        " and host unless `--public-url` says otherwise.",
    ),
    choice(
        "Links",
        "All lead to what is served, but for `export` of a conversation and `channel_metadata` of a message, which are"
        " outside the published operations and answer 404.",
        "create fetch list update Conversation",
        "create fetch list update ConversationMessage",
    ),
    choice(
        "Text of a wrong parameter",
        "A value of the wrong kind without a code of its own is 20001, `Invalid parameter` and its name.",
        "create update *",
        "list *",
    ),
    choice("More about an error", "`more_info` is the original's page about the code."),
    choice("Invitation to authenticate", "The realm of a 401 is `Twilio API`."),
    choice(
        "Size of a page",
        "A `PageSize` above the list's largest is taken as the largest; below 1 or no number, it is 400 (20001).",
        "list *",
    ),
    choice("Page tokens", "A token that was altered or belongs to another list or filter is 400 (21481).", "list *"),
    choice("Previous pages", "`previous_page_url` is given on every page after the first.", "list *"),
    choice(
        "Order by creation",
        "Sorted by creation, the oldest first.",
        "list Service",
        "list Role",
        "list Credential",
        "list ConfigurationAddress",
        "list ServiceBinding",
        "list User",
        "list ConversationParticipant",
    ),
    choice(
        "Order of conversations",
        "By the last message, the newest first; one without messages counts from its creation.",
        "list Conversation",
    ),
    choice(
        "Order of a user's conversations",
        "By the SIDs of the conversations.",
        "list UserConversation",
        "list ParticipantConversation",
    ),
)
