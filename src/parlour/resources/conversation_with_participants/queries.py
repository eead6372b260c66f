"""SQL of pending additions. Writers hold the lock of the conversation."""

from parlour.core.scope import Scope
from parlour.resources.conversation_with_participants.model import PendingAdditions
from parlour.storage.columns import columns
from parlour.storage.transaction import Reading, Transaction


async def insert(tx: Transaction, pending: PendingAdditions) -> None:
    """Stores what is still to be done."""
    await tx.execute(
        f"""insert into pending_additions ({columns(PendingAdditions)}) values ($1, $2, $3, $4, $5, $6)""",
        pending.service_sid,
        pending.conversation_sid,
        pending.account_sid,
        pending.state,
        pending.participants,
        pending.actor,
    )


async def oldest(reading: Reading) -> PendingAdditions | None:
    """The oldest one of any account whose conversation is not locked."""
    row = await reading.fetchrow(
        f"""
        select {columns(PendingAdditions, "p")} from pending_additions p
        join conversations c on c.service_sid = p.service_sid and c.sid = p.conversation_sid
        order by p.conversation_sid limit 1 for no key update of c skip locked
        """
    )
    return None if row is None else PendingAdditions(*row)


async def delete(tx: Transaction, scope: Scope, conversation_sid: str) -> bool:
    """There is nothing to be done any more; False if there was nothing."""
    gone = await tx.fetchval(
        "delete from pending_additions where service_sid = $1 and conversation_sid = $2 returning true",
        scope.service,
        conversation_sid,
    )
    return gone is not None
