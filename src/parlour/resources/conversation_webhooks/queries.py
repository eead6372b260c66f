"""SQL of conversations' webhooks. Writers hold the conversation's lock."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from parlour.core.errors import NotFound
from parlour.core.paging import Page, PageRequest
from parlour.core.scope import Scope
from parlour.resources.conversation_webhooks.model import ConversationWebhook
from parlour.storage.columns import changes, columns
from parlour.storage.keyset import Keyset
from parlour.storage.transaction import Reading, Transaction

_WEBHOOK = columns(ConversationWebhook)
_ORDER = Keyset(("created_at", "sid"))


async def get(reading: Reading, scope: Scope, conversation_sid: str, sid: str) -> ConversationWebhook:
    """The webhook; raises NotFound."""
    row = await reading.fetchrow(
        f"""select {_WEBHOOK} from conversation_webhooks
            where service_sid = $1 and conversation_sid = $2 and sid = $3""",
        scope.service,
        conversation_sid,
        sid,
    )
    if row is None:
        raise NotFound
    return ConversationWebhook(*row)


async def page(
    reading: Reading, scope: Scope, conversation_sid: str, request: PageRequest
) -> Page[ConversationWebhook]:
    """The conversation's webhooks in the order of their creation."""
    return await _ORDER.page(
        reading,
        f"select {_WEBHOOK} from conversation_webhooks where service_sid = $1 and conversation_sid = $2",
        (scope.service, conversation_sid),
        request,
        lambda row: ConversationWebhook(*row),
        parents=(conversation_sid,),
    )


async def count(reading: Reading, scope: Scope, conversation_sid: str) -> int:
    """How many webhooks the conversation has."""
    number: int = await reading.fetchval(
        "select count(*) from conversation_webhooks where service_sid = $1 and conversation_sid = $2",
        scope.service,
        conversation_sid,
    )
    return number


async def insert(tx: Transaction, scope: Scope, values: Mapping[str, Any]) -> ConversationWebhook:
    """Stores a webhook with these columns; what happened before is not its business."""
    places = ", ".join(f"${number}" for number in range(2, len(values) + 2))
    row = await tx.fetchone(
        f"""
        insert into conversation_webhooks (service_sid, {", ".join(values)}, born_event_id)
        values ($1, {places}, nextval('event_ids'))
        returning {_WEBHOOK}
        """,
        scope.service,
        *values.values(),
    )
    return ConversationWebhook(*row)


async def update(
    tx: Transaction, scope: Scope, webhook: ConversationWebhook, edit: dict[str, Any]
) -> ConversationWebhook:
    """Changes the columns in *edit*."""
    row = await tx.fetchone(
        f"""
        update conversation_webhooks set updated_at = $4{changes(edit, 4)}
        where service_sid = $1 and conversation_sid = $2 and sid = $3 returning {_WEBHOOK}
        """,
        scope.service,
        webhook.conversation_sid,
        webhook.sid,
        tx.now,
        *edit.values(),
    )
    return ConversationWebhook(*row)


async def delete(tx: Transaction, scope: Scope, conversation_sid: str, sid: str) -> None:
    """Removes the webhook; raises NotFound."""
    gone = await tx.fetchval(
        """
        delete from conversation_webhooks where service_sid = $1 and conversation_sid = $2 and sid = $3 returning sid
        """,
        scope.service,
        conversation_sid,
        sid,
    )
    if gone is None:
        raise NotFound


async def retire_all(tx: Transaction, scope: Scope, conversation_sid: str) -> None:
    """Notes that the webhooks' conversation is deleted now."""
    await tx.execute(
        "update conversation_webhooks set removed_at = $3 where service_sid = $1 and conversation_sid = $2",
        scope.service,
        conversation_sid,
        tx.now,
    )


async def delete_retired(reading: Reading, before: datetime) -> None:
    """Removes the webhooks, of any service, of conversations that were deleted before that moment."""
    await reading.execute("delete from conversation_webhooks where removed_at < $1", before)
