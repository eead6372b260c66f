"""The unique names of Sync objects, by which client SDKs find what they may read and subscribe to."""

import msgspec

CHANNEL, MESSAGES, ROSTER = "{}.channel", "{}.messages", "{}.roster"
"""Of each conversation: the document with itself, the list of its messages, the map of its participants."""
USER_INFO, MY_CONVERSATIONS = "users.{}", "{}.my_conversations"
"""Of each user: what it shows of itself, and the conversations in which it takes part, both maps."""


class ConversationObjects(msgspec.Struct, frozen=True, gc=False):
    """The names of a conversation's three objects, as answers list them."""

    conversation: str
    messages: str
    participants: str

    @classmethod
    def of(cls, conversation_sid: str) -> "ConversationObjects":
        return cls(*(name.format(conversation_sid) for name in (CHANNEL, MESSAGES, ROSTER)))


def user_info(user_sid: str) -> str:
    """The map with what a user shows of itself."""
    return USER_INFO.format(user_sid)


def my_conversations(user_sid: str) -> str:
    """The map of the conversations in which a user takes part."""
    return MY_CONVERSATIONS.format(user_sid)
