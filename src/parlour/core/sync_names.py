"""The unique names of Sync objects, by which client SDKs find what they may read and subscribe to."""

import msgspec


class ConversationObjects(msgspec.Struct, frozen=True, gc=False):
    """The names of a conversation's three objects, as answers list them."""

    conversation: str
    messages: str
    participants: str

    @classmethod
    def of(cls, conversation_sid: str) -> "ConversationObjects":
        return cls(f"{conversation_sid}.channel", f"{conversation_sid}.messages", f"{conversation_sid}.roster")


def user_info(user_sid: str) -> str:
    """The map with what a user shows of itself."""
    return f"users.{user_sid}"


def my_conversations(user_sid: str) -> str:
    """The map of the conversations in which a user takes part."""
    return f"{user_sid}.my_conversations"
