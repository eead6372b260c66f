"""What may happen to receipts."""

import msgspec

from parlour.core.paging import Page, PageRequest
from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, new_sid
from parlour.resources.conversations import queries as conversations
from parlour.resources.conversations.actions import open_to_read
from parlour.resources.conversations.facts import ConversationRemoved
from parlour.resources.messages import queries as messages
from parlour.resources.messages.facts import MessageRemoved
from parlour.resources.receipts import queries
from parlour.resources.receipts.facts import DeliveryUpdated
from parlour.resources.receipts.model import Receipt, Status, moves_on, summary
from parlour.runtime.work import Work
from parlour.storage.transaction import Transaction


async def record(
    work: Work,
    conversation: str,
    message: str,
    participant: str,
    channel_message_sid: str | None,
    status: Status,
    error_code: int = 0,
) -> Receipt:
    """The receipt of that recipient of the message, made if it is missing, else moved on to *status*.

    A status that is behind the receipt's, and any after a failure, changes nothing; but where the receipt has no
    *channel_message_sid* yet, it gets it. *message* and *participant* are SIDs. Whether the participant is one of a
    channel, and that it takes part still, is not asked: it did when the message was handed over. The conversation may
    be closed. Raises NotFound.
    """
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.write() as tx:
        parent = await conversations.lock(tx, work.scope, conversation)
        before = await queries.find(tx, work.scope, parent.sid, message, participant)
        if before is None:
            receipt = Receipt(
                sid=new_sid(Prefix.RECEIPT),
                conversation_sid=parent.sid,
                message_sid=message,
                participant_sid=participant,
                channel_message_sid=channel_message_sid,
                status=status.value,
                error_code=error_code,
                created_at=tx.now,
                updated_at=tx.now,
            )
            await queries.insert(tx, work.scope, receipt)
        else:
            receipt = _moved(before, channel_message_sid, status, error_code)
            if receipt == before:
                return before
            receipt = msgspec.structs.replace(receipt, updated_at=tx.now)
            await queries.update(tx, work.scope, receipt)
        delivery = summary(await queries.count(tx, work.scope, parent.sid, message))
        shown_by = await messages.set_delivery(tx, work.scope, parent.sid, message, delivery)
        await tx.tell(DeliveryUpdated(receipt=receipt, message=shown_by))
    return receipt


async def page(work: Work, conversation: str, message: str, request: PageRequest) -> Page[Receipt]:
    """The message's receipts; raises NotFound."""
    async with work.read() as reading:
        parent = await open_to_read(reading, work, conversation)
        about = await messages.get(reading, work.scope, parent.sid, message)
        return await queries.page(reading, work.scope, parent.sid, about.sid, request)


async def fetch(work: Work, conversation: str, message: str, sid: str) -> Receipt:
    """The receipt; raises NotFound."""
    async with work.read() as reading:
        parent = await open_to_read(reading, work, conversation)
        return await queries.get(reading, work.scope, parent.sid, message, sid)


async def follow_message(tx: Transaction, scope: Scope, fact: MessageRemoved) -> None:
    """Reaction: a deleted message has no receipts."""
    message = fact.message
    if message.delivery is not None:
        await queries.delete_of_message(tx, scope, message.conversation_sid, message.sid)


async def follow_conversation(tx: Transaction, scope: Scope, fact: ConversationRemoved) -> None:
    """Reaction: a deleted conversation has no receipts."""
    await queries.delete_all(tx, scope, fact.conversation.sid)


def _moved(before: Receipt, channel_message_sid: str | None, status: Status, error_code: int) -> Receipt:
    named = msgspec.structs.replace(before, channel_message_sid=before.channel_message_sid or channel_message_sid)
    if not moves_on(before.status, status):
        return named
    return msgspec.structs.replace(named, status=status.value, error_code=error_code)
