"""What may happen to the webhooks of conversations."""

from msgspec.structs import asdict

from parlour.core.errors import TooManyConversationWebhooks
from parlour.core.limits import exceeded
from parlour.core.paging import Page, PageRequest
from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, new_sid
from parlour.resources.conversation_webhooks import queries
from parlour.resources.conversation_webhooks.facts import WebhookReplayAsked
from parlour.resources.conversation_webhooks.model import (
    KEPT,
    MAX_WEBHOOKS,
    ConversationWebhook,
    ConversationWebhookDraft,
    ConversationWebhookEdit,
    Method,
    Target,
    applying,
    check_complete,
    check_number,
)
from parlour.resources.conversations import queries as conversations
from parlour.resources.conversations.facts import ConversationRemoved
from parlour.resources.conversations.model import check_writable
from parlour.runtime.node import Node
from parlour.runtime.work import Work
from parlour.storage.transaction import Transaction

RETIRED = "retired webhooks"
"""The name of the loop that forgets them."""


async def create(work: Work, conversation: str, draft: ConversationWebhookDraft) -> ConversationWebhook:
    """A new webhook; raises NotFound, what it lacks, ConversationClosed, TooManyConversationWebhooks."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.write() as tx:
        parent = await conversations.lock_to_change(tx, work.scope, conversation)
        columns = applying(draft.target, draft.configuration)
        if draft.target is not Target.STUDIO:
            columns.setdefault("method", Method.POST)
        check_complete(draft.target, columns)
        check_number(columns)
        check_writable(parent)
        if await queries.count(tx, work.scope, parent.sid) >= MAX_WEBHOOKS:
            exceeded(TooManyConversationWebhooks())
        born = {
            "conversation_sid": parent.sid,
            "sid": new_sid(Prefix.CONVERSATION_WEBHOOK),
            "target": draft.target,
            "replay_after": draft.configuration.replay_after,
            "created_at": tx.now,
            "updated_at": tx.now,
        }
        webhook = await queries.insert(tx, work.scope, born | columns)
        if webhook.replay_after is not None:
            await tx.tell(
                WebhookReplayAsked(
                    webhook=webhook.sid,
                    conversation_sid=parent.sid,
                    first_index=webhook.replay_after,
                    last_index=parent.last_index,
                )
            )
        return webhook


async def page(work: Work, conversation: str, request: PageRequest) -> Page[ConversationWebhook]:
    """The conversation's webhooks; raises NotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        parent = await conversations.get(reading, work.scope, conversation)
        return await queries.page(reading, work.scope, parent.sid, request)


async def fetch(work: Work, conversation: str, sid: str) -> ConversationWebhook:
    """The webhook; raises NotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        parent = await conversations.get(reading, work.scope, conversation)
        return await queries.get(reading, work.scope, parent.sid, sid)


async def update(work: Work, conversation: str, sid: str, edit: ConversationWebhookEdit) -> ConversationWebhook:
    """The webhook with what was sent changed; raises NotFound, what it would lack, ConversationClosed."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.write() as tx:
        parent = await conversations.lock_to_change(tx, work.scope, conversation)
        before = await queries.get(tx, work.scope, parent.sid, sid)
        columns = applying(before.target, edit.configuration)
        check_complete(before.target, asdict(before) | columns)
        check_number(columns)
        check_writable(parent)
        return await queries.update(tx, work.scope, before, columns) if columns else before


async def delete(work: Work, conversation: str, sid: str) -> None:
    """The webhook is gone; the conversation may be closed. Raises NotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.write() as tx:
        parent = await conversations.lock_to_change(tx, work.scope, conversation)
        await queries.delete(tx, work.scope, parent.sid, sid)


async def follow_conversation(tx: Transaction, scope: Scope, fact: ConversationRemoved) -> None:
    """Reaction: a deleted conversation's webhooks are kept a while, until they were told the last facts about it."""
    await queries.retire_all(tx, scope, fact.conversation.sid)


async def forget(node: Node) -> bool:
    """Removes the webhooks of conversations that were deleted long ago; nothing is left to do then."""
    async with node.database.session() as reading:
        await queries.delete_retired(reading, node.clock.now() - KEPT)
    return False
