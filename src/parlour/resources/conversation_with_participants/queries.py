"""SQL of assemblies. Writers hold the lock of the conversation."""

from parlour.core.scope import Scope
from parlour.resources.conversation_with_participants.model import Assembly
from parlour.storage.columns import columns
from parlour.storage.transaction import Reading, Transaction


async def insert(tx: Transaction, assembly: Assembly) -> None:
    """Stores what is still to be done."""
    await tx.execute(
        f"""insert into assemblies ({columns(Assembly)}) values ($1, $2, $3, $4, $5, $6)""",
        assembly.service_sid,
        assembly.conversation_sid,
        assembly.account_sid,
        assembly.state,
        assembly.participants,
        assembly.actor,
    )


async def oldest(reading: Reading) -> Assembly | None:
    """The oldest one, of any account, that nobody is working on at this moment."""
    row = await reading.fetchrow(
        f"""
        select {columns(Assembly, "a")} from assemblies a
        join conversations c on c.service_sid = a.service_sid and c.sid = a.conversation_sid
        order by a.conversation_sid limit 1 for no key update of c skip locked
        """
    )
    return None if row is None else Assembly(*row)


async def delete(tx: Transaction, scope: Scope, conversation_sid: str) -> bool:
    """There is nothing to be done any more; False if there was nothing."""
    gone = await tx.fetchval(
        "delete from assemblies where service_sid = $1 and conversation_sid = $2 returning true",
        scope.service,
        conversation_sid,
    )
    return gone is not None
