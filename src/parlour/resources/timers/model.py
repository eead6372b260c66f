"""What timers that have run out make of a conversation, and in which order."""

from datetime import datetime

import msgspec

from parlour.resources.conversations.model import Conversation, State


def due_at(conversation: Conversation) -> datetime:
    """When the first of the conversation's timers runs out, of which it has at least one."""
    return min(each for each in (conversation.inactive_due_at, conversation.closed_due_at) if each is not None)


def elapsed(conversation: Conversation, until: datetime) -> list[tuple[datetime, State]]:
    """What the conversation's timers make of it up to *until*: the states, each with the moment when it was due.

    A conversation that is to be closed when it is to become inactive, or before, is only closed.
    """
    inactive, closed = conversation.inactive_due_at, conversation.closed_due_at
    steps = [(inactive, State.INACTIVE)] if inactive is not None and (closed is None or inactive < closed) else []
    if closed is not None:
        steps.append((closed, State.CLOSED))
    return [step for step in steps if step[0] <= until]


def turned(conversation: Conversation, state: State, now: datetime, event_id: int) -> Conversation:
    """The conversation as a timer that has run out leaves it; what was to come later stays due."""
    return msgspec.structs.replace(
        conversation,
        state=state.value,
        state_updated_at=now,
        updated_at=now,
        inactive_due_at=None,
        closed_due_at=None if state is State.CLOSED else conversation.closed_due_at,
        last_event_id=event_id,
    )
