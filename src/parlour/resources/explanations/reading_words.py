"""Says why an unread count is what it is."""

from msgspec.structs import asdict

from parlour.contract.explain import Sentence
from parlour.resources.explanations.model import Horizon, UnreadCount
from parlour.resources.user_conversations.model import MAX_UNREAD


def of_participant(horizon: Horizon) -> Sentence:
    """The unread count of one participant."""
    facts = asdict(horizon)
    if horizon.identity is None:
        return Sentence("It has no identity, so no user has its conversation, and nobody counts what is unread.", facts)
    where = f"{horizon.identity} has this conversation"
    if horizon.last_read_index is None:
        return Sentence(
            f"unread_messages_count is null where {where}: no read horizon was set, or it was cleared."
            " LastReadMessageIndex sets one.",
            facts,
        )
    unread = horizon.message_count - horizon.read_count
    shown = f"{unread}" if unread <= MAX_UNREAD else f"{MAX_UNREAD}, where it stops, though it is {unread}"
    return Sentence(
        f"unread_messages_count is {shown} where {where}: of {_count(horizon.message_count, 'message')} that"
        f" {'exists' if horizon.message_count == 1 else 'exist'}, {horizon.read_count}"
        f" {'lies' if horizon.read_count == 1 else 'lie'} at or before its read horizon, Index"
        f" {horizon.last_read_index}.",
        facts,
    )


def of_user(unread: UnreadCount) -> Sentence:
    """The unread counts of a user."""
    if not unread.participants:
        return Sentence("It takes part in no conversation, so there is nothing to be unread.", asdict(unread))
    return Sentence(
        f"It takes part in {_count(unread.participants, 'conversation')}{_horizons(unread)}", asdict(unread)
    )


def of_conversation(unread: UnreadCount) -> Sentence:
    """The unread counts of a conversation's users."""
    if not unread.participants:
        return Sentence("Nobody with an identity takes part, so nobody counts what is unread.", asdict(unread))
    return Sentence(f"{_count(unread.participants, 'user')} can read it{_horizons(unread)}", asdict(unread))


def _horizons(unread: UnreadCount) -> str:
    if not unread.without_horizon:
        return f", with {_count(unread.unread, 'unread message')} in all."
    if unread.without_horizon == unread.participants:
        return "; unread_messages_count is null everywhere, since no read horizon was set."
    return (
        f"; unread_messages_count is null for {unread.without_horizon}, since no read horizon was set, and the others"
        f" have {_count(unread.unread, 'unread message')} in all."
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
