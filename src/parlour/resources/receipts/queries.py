"""SQL of receipts. Writers hold the conversation's lock."""

import msgspec

from parlour.core.errors import NotFound
from parlour.core.paging import Page, PageRequest
from parlour.core.scope import Scope
from parlour.resources.receipts.model import Receipt, Status
from parlour.storage.columns import columns
from parlour.storage.keyset import Keyset
from parlour.storage.transaction import Reading, Transaction

_RECEIPT = columns(Receipt)
_ORDER = Keyset(("created_at", "sid"))
_SHOWN = f"status <> '{Status.QUEUED}'"


async def get(reading: Reading, scope: Scope, conversation_sid: str, message_sid: str, sid: str) -> Receipt:
    """The receipt as callers may see it; raises NotFound."""
    row = await reading.fetchrow(
        f"""
        select {_RECEIPT} from receipts
        where service_sid = $1 and conversation_sid = $2 and message_sid = $3 and sid = $4 and {_SHOWN}
        """,
        scope.service,
        conversation_sid,
        message_sid,
        sid,
    )
    if row is None:
        raise NotFound
    return Receipt(*row)


async def find(
    reading: Reading, scope: Scope, conversation_sid: str, message_sid: str, participant_sid: str
) -> Receipt | None:
    """The receipt of that recipient, shown or not, or None."""
    row = await reading.fetchrow(
        f"""
        select {_RECEIPT} from receipts
        where service_sid = $1 and conversation_sid = $2 and message_sid = $3 and participant_sid = $4
        """,
        scope.service,
        conversation_sid,
        message_sid,
        participant_sid,
    )
    return None if row is None else Receipt(*row)


async def page(
    reading: Reading, scope: Scope, conversation_sid: str, message_sid: str, request: PageRequest
) -> Page[Receipt]:
    """The message's receipts in the order of their creation."""
    return await _ORDER.page(
        reading,
        f"""
        select {_RECEIPT} from receipts
        where service_sid = $1 and conversation_sid = $2 and message_sid = $3 and {_SHOWN}""",
        (scope.service, conversation_sid, message_sid),
        request,
        lambda row: Receipt(*row),
        parents=(conversation_sid, message_sid),
    )


async def insert(tx: Transaction, scope: Scope, receipt: Receipt) -> None:
    """Stores *receipt*."""
    await tx.execute(
        f"insert into receipts (service_sid, {_RECEIPT}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        scope.service,
        *msgspec.structs.astuple(receipt),
    )


async def update(tx: Transaction, scope: Scope, receipt: Receipt) -> None:
    """Writes what can change of *receipt*."""
    await tx.execute(
        """
        update receipts set channel_message_sid = $5, status = $6, error_code = $7, updated_at = $8
        where service_sid = $1 and conversation_sid = $2 and message_sid = $3 and sid = $4
        """,
        scope.service,
        receipt.conversation_sid,
        receipt.message_sid,
        receipt.sid,
        receipt.channel_message_sid,
        receipt.status,
        receipt.error_code,
        receipt.updated_at,
    )


async def count(reading: Reading, scope: Scope, conversation_sid: str, message_sid: str) -> dict[str, int]:
    """How many receipts the message has, by their status."""
    rows = await reading.fetch(
        """
        select status, count(*) from receipts
        where service_sid = $1 and conversation_sid = $2 and message_sid = $3 group by status
        """,
        scope.service,
        conversation_sid,
        message_sid,
    )
    return {row["status"]: row["count"] for row in rows}


async def delete_of_message(tx: Transaction, scope: Scope, conversation_sid: str, message_sid: str) -> None:
    """Removes the receipts of a deleted message."""
    await tx.execute(
        "delete from receipts where service_sid = $1 and conversation_sid = $2 and message_sid = $3",
        scope.service,
        conversation_sid,
        message_sid,
    )


async def delete_all(tx: Transaction, scope: Scope, conversation_sid: str) -> None:
    """Removes the receipts of a deleted conversation."""
    await tx.execute(
        "delete from receipts where service_sid = $1 and conversation_sid = $2", scope.service, conversation_sid
    )
