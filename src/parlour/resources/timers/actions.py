"""What may happen to timers: they run out."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from parlour.core.actor import SYSTEM
from parlour.core.facts import Fact
from parlour.core.scope import Scope
from parlour.resources.conversations.facts import ConversationStateUpdated, ConversationUpdated
from parlour.resources.conversations.model import Conversation, Reason, State
from parlour.resources.timers import queries
from parlour.resources.timers.model import due_at, elapsed, turned
from parlour.runtime.metrics import FIRED
from parlour.runtime.node import Node
from parlour.storage.transaction import Transaction

TIMERS = "timers"
"""The name of the loop."""
INTERVAL_SECONDS = 1.0
"""How often the loop looks for timers that were set meanwhile."""
BATCH_SIZE = 200
"""Conversations that are changed together, and locked for so long."""
_MIN_DELAY_SECONDS = 0.05
"""When to retry a conversation whose timer has run out while another transaction had it locked."""


class Step(msgspec.Struct, frozen=True):
    """A state that a timer leads to."""

    due_at: datetime
    state: State
    scope: Scope
    sid: str


async def elapse(node: Node, *, wait: bool = False) -> bool | float:
    """A turn in the background: what has run out takes effect, in the order of the moments when it was due.

    Returns whether there may be more that has; or after how many seconds there will be. One process does this at a
    time, so that all is in one order; *wait*: where another is at it, this one comes after it.
    """
    moves = node.clock.moves
    async with node.transaction(Scope("", None), SYSTEM) as tx:
        if not await queries.take_over(tx, wait=wait):
            return False
        locked = await queries.lock_due(tx, BATCH_SIZE)
        if node.clock.moves != moves:
            return True  # race: the clock was moved since this turn began; what is due is to be found anew
        fired = await _turn(tx, locked) if locked else []
        due = await queries.next_due(tx) if len(locked) < BATCH_SIZE else None
    for state in fired:
        node.metrics.count(FIRED, state.value)
    if len(locked) == BATCH_SIZE:
        return True
    return False if due is None else max((due - node.clock.now()).total_seconds(), _MIN_DELAY_SECONDS)


async def elapse_all(node: Node) -> None:
    """Everything that has run out has taken effect, but for what others have locked at this moment."""
    while await elapse(node, wait=True) is True:
        continue


async def _turn(tx: Transaction, locked: list[tuple[Scope, Conversation]]) -> list[State]:
    """Lets the timers of these conversations run out, as far as no other conversation can come in between.

    Returns the states that they led to.
    """
    until = due_at(locked[-1][1]) if len(locked) == BATCH_SIZE else tx.now
    steps = sorted(_steps(locked, until), key=lambda step: step.due_at)
    numbers = iter(await queries.event_numbers(tx, 2 * len(steps)))
    conversations = {(scope, each.sid): each for scope, each in locked}
    told: list[tuple[Scope, Fact, Fact]] = []
    for step in steps:
        before = conversations[step.scope, step.sid]
        updated = turned(before, step.state, tx.now, next(numbers))
        after = msgspec.structs.replace(updated, last_event_id=next(numbers))
        conversations[step.scope, step.sid] = after
        changed = ConversationStateUpdated(conversation=after, state_from=before.state, reason=Reason.TIMER)
        told.append((step.scope, ConversationUpdated(conversation=updated), changed))
    await queries.turn(tx, [(scope, after) for (scope, _), after in conversations.items()])
    for scope, *facts in told:
        with tx.within(scope):
            await tx.tell(*facts)
    return [step.state for step in steps]


def _steps(locked: list[tuple[Scope, Conversation]], until: datetime) -> Iterator[Step]:
    for scope, conversation in locked:
        for at, state in elapsed(conversation, until):
            yield Step(at, state, scope, conversation.sid)
