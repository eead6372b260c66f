"""SQL of timers: which have run out, and what that makes of their conversations."""

from collections.abc import Sequence
from datetime import datetime

from parlour.core.scope import Scope
from parlour.resources.conversations.model import Conversation
from parlour.storage.backlog import counted
from parlour.storage.columns import columns
from parlour.storage.transaction import Reading, Transaction

_DUE = "least(c.inactive_due_at, c.closed_due_at)"
"""When the next timer of ``conversations c`` runs out; an index has it."""
NUMBER_OVERDUE = counted(f"select from conversations c where {_DUE} <= $1")
OLDEST_OVERDUE = f"(select {_DUE} from conversations c where {_DUE} <= $1 order by {_DUE} limit 1)"
"""When the first timer ran out of those that have had no effect yet."""
_LOCK = 0x74696D657273
"""The advisory lock of the process that lets timers run out."""


async def take_over(tx: Transaction, *, wait: bool) -> bool:
    """Whether no other process lets timers run out until the end of the transaction; with *wait* it is so at last."""
    if wait:
        await tx.execute("select pg_advisory_xact_lock($1)", _LOCK)
        return True
    taken: bool = await tx.fetchval("select pg_try_advisory_xact_lock($1)", _LOCK)
    return taken


async def lock_due(tx: Transaction, limit: int) -> list[tuple[Scope, Conversation]]:
    """At most *limit* conversations with timers that have run out, locked, by the moment when the first of them did.

    Skips conversations that are locked: the other transaction may well be a message that restarts the timers.
    """
    rows = await tx.fetch(
        f"""
        select (select s.account_sid from services s where s.sid = c.service_sid), c.service_sid,
               {columns(Conversation, "c")}
        from conversations c where {_DUE} <= $1 order by {_DUE} limit $2 for no key update of c skip locked
        """,
        tx.now,
        limit,
    )
    return [(Scope(row[0], row[1]), Conversation(*row[2:])) for row in rows]


async def next_due(reading: Reading) -> datetime | None:
    """When the next timer of all runs out, or did; None if none runs."""
    due: datetime | None = await reading.fetchval(
        f"select {_DUE} from conversations c where {_DUE} is not null order by {_DUE} limit 1"
    )
    return due


async def event_numbers(tx: Transaction, number: int) -> list[int]:
    """As many new event numbers, rising."""
    rows = await tx.fetch("select nextval('event_ids') from generate_series(1, $1)", number)
    return [row[0] for row in rows]


async def turn(tx: Transaction, turned: Sequence[tuple[Scope, Conversation]]) -> None:
    """Stores the states that timers have made of locked conversations, with what goes with them."""
    await tx.execute(
        """
        update conversations c set state = given.state, state_updated_at = $1, updated_at = $1,
          inactive_due_at = given.inactive_due_at, closed_due_at = given.closed_due_at, last_event_id = given.event_id,
          newest_event_id = given.event_id
        from unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::bigint[])
          as given(service_sid, sid, state, inactive_due_at, closed_due_at, event_id)
        where c.service_sid = given.service_sid and c.sid = given.sid
        """,
        tx.now,
        [scope.service for scope, _ in turned],
        [each.sid for _, each in turned],
        [each.state for _, each in turned],
        [each.inactive_due_at for _, each in turned],
        [each.closed_due_at for _, each in turned],
        [each.last_event_id for _, each in turned],
    )
