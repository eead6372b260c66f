"""What may happen to messages, and how much of them was read."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NoReturn

import msgspec
from msgspec import UNSET

from parlour.core.actor import Actor
from parlour.core.errors import ApiError, AuthorNotInGroup, ChannelMetadataMissing, Conflict
from parlour.core.paging import Page, PageRequest
from parlour.core.permissions import Permission
from parlour.core.rights import left_to_membership, permit
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, new_sid
from parlour.resources.conversations import queries as conversations
from parlour.resources.conversations.actions import open_to_read
from parlour.resources.conversations.facts import ConversationRemoved
from parlour.resources.conversations.model import Conversation, check_writable
from parlour.resources.conversations.queries import named_by
from parlour.resources.memberships.actions import check_takes_part, membership
from parlour.resources.messages import queries, rights, webhook
from parlour.resources.messages.facts import MessageAdded, MessageRemoved, MessageUpdated
from parlour.resources.messages.model import (
    ClientMessageDraft,
    ListedMessage,
    Mark,
    Message,
    MessageDraft,
    MessageEdit,
    MessageQuery,
    Order,
    RecipientQuery,
    check_content,
    check_stored,
    nearest,
)
from parlour.resources.participants.facts import ParticipantUpdated
from parlour.runtime import topics
from parlour.runtime.work import NOTHING, Nothing, Work
from parlour.storage.transaction import Reading, Record, Transaction

MAX_TRIES = 2
"""How often a message is written at most that is kept out by something which is gone a moment later."""


async def send(work: Work, conversation: str, draft: MessageDraft) -> Message:
    """A new message at the end of the conversation; raises NotFound, ConversationClosed, BodyMissing …

    One statement finds where it goes and writes everything. Messages that arrive while a batch is committing share
    the next one.
    """
    needed = left_to_membership(work.actor, rights.SEND, draft)
    author = _author(work.actor, draft)
    if author != draft.author:
        draft = msgspec.structs.replace(draft, author=author)
    await _check(work, conversation, draft)

    async def trial(tx: Transaction, draft: MessageDraft) -> Message:
        values = [[value] for value in _values(work, conversation, draft, needed)]
        return await _append(
            lambda: tx.fetchrow(queries.APPEND, *values),
            lambda: _explain(tx, work, conversation, draft),
        )

    async def explain() -> None:
        async with work.read() as reading:
            await _explain(reading, work, conversation, draft)

    draft = await work.approved(webhook.ADD, trial, draft)
    values = _values(work, conversation, draft, needed)
    message = await _append(lambda: work.submit(queries.APPEND_IN_BATCHES, *values), explain)
    topic = topics.conversation(work.scope.account, message.conversation_sid)
    work.committed(topic, audience=MessageAdded.audience(work.actor))
    return message


async def send_attached(work: Work, conversation: str, draft: ClientMessageDraft) -> Message:
    """The same with attachments; raises MediaNotFound for any, since parlour stores no media yet."""
    sent = {name: getattr(draft, name) for name in MessageDraft.__struct_fields__}
    if draft.media_sids:
        sent["media_sid"] = draft.media_sids[0]
    return await send(work, conversation, MessageDraft(**sent))


async def page(work: Work, conversation: str, query: MessageQuery, request: PageRequest) -> Page[ListedMessage]:
    """The conversation's messages by index; raises NotFound."""
    if work.actor.end_user is not None:
        async with work.read() as reading:
            conversation = (await open_to_read(reading, work, conversation)).sid
    return await queries.page(work.pipelines, work.scope, conversation, query.order or Order.ASC, request)


async def fetch(work: Work, conversation: str, sid: str) -> Message:
    """The message; raises NotFound."""
    async with work.read() as reading:
        parent = await open_to_read(reading, work, conversation)
        return await queries.get(reading, work.scope, parent.sid, sid)


async def channel_metadata(work: Work, conversation: str, sid: str) -> NoReturn:
    """What a channel brought with the message; raises NotFound, or ChannelMetadataMissing, as no channel exists yet."""
    await fetch(work, conversation, sid)
    raise ChannelMetadataMissing


async def recipients(work: Work, conversation: str, query: RecipientQuery, request: PageRequest) -> Page[Any]:
    """To whom a channel took the messages by name; nobody, as there is no such channel yet. Raises NotFound."""
    async with work.read() as reading:
        parent = await open_to_read(reading, work, conversation)
        if query.message_sid is not None:
            await queries.get(reading, work.scope, parent.sid, query.message_sid)
    return Page([], parents=(parent.sid,))


async def content_templates(work: Work, request: PageRequest) -> Page[Any]:
    """The content templates of the service; parlour stores none yet."""
    permit(work.actor, rights.LOOK_AT_TEMPLATES)
    return Page([])


async def update(work: Work, conversation: str, sid: str, edit: MessageEdit) -> Message:
    """The message with what was sent changed; raises NotFound, ConversationClosed."""

    async def step(tx: Transaction, amended: MessageEdit) -> Message:
        parent = await conversations.lock_to_change(tx, work.scope, conversation)
        part = await membership(tx, work, parent)
        before = await queries.get(tx, work.scope, parent.sid, sid)
        permit(work.actor, rights.UPDATE, edit, membership=part, is_own=work.actor.has_identity(before.author))
        check_writable(parent)
        columns = _changed(amended)
        if not columns:
            return before
        if isinstance(amended.author, str):
            columns["participant_sid"] = await _speaker(tx, work.scope, parent, amended.author)
        columns = {"updated_at": tx.now, "updated_by": work.actor.identity, **columns}
        after = await queries.update(tx, work.scope, before, columns)
        await tx.tell(MessageUpdated(message=after))
        return after

    return await work.change(webhook.UPDATE, step, edit)


async def delete(work: Work, conversation: str, sid: str) -> None:
    """The message is gone, its index stays unused; raises NotFound, ConversationClosed."""

    async def step(tx: Transaction, nothing: Nothing) -> Message:
        parent = await conversations.lock_to_change(tx, work.scope, conversation)
        part = await membership(tx, work, parent)
        before = await queries.get(tx, work.scope, parent.sid, sid)
        permit(work.actor, rights.DELETE, membership=part, is_own=work.actor.has_identity(before.author))
        check_writable(parent)
        message = await queries.delete(tx, work.scope, parent.sid, sid)
        await tx.tell(MessageRemoved(message=message))
        return message

    await work.change(webhook.REMOVE, step, NOTHING)


async def count_read(tx: Transaction, scope: Scope, fact: ParticipantUpdated) -> None:
    """Reaction: where a read horizon moved, counts the existing messages up to it.

    Counts from the nearest place where the sum is known: the start, the end, or the horizon before. The
    conversation is locked.
    """
    after, before = fact.participant, fact.before
    if after.last_read_index == before.last_read_index:
        return
    count = 0
    if after.last_read_index is not None:
        parent = await conversations.get(tx, scope, after.conversation_sid)
        marks = [Mark(-1, 0), Mark(parent.last_index, parent.message_count)]
        if before.last_read_index is not None:
            marks.append(Mark(before.last_read_index, before.read_count))
        count = await _count_to(tx, scope, parent.sid, after.last_read_index, nearest(after.last_read_index, marks))
    await queries.set_read(tx, scope, after.conversation_sid, after.sid, after.last_read_index, count)


async def follow_conversation(tx: Transaction, scope: Scope, fact: ConversationRemoved) -> None:
    """Reaction: a deleted conversation has no messages."""
    await queries.delete_all(tx, scope, fact.conversation.sid)


async def _count_to(tx: Transaction, scope: Scope, conversation_sid: str, index: int, mark: Mark) -> int:
    if index >= mark.index:
        return mark.count + await queries.count_between(tx, scope, conversation_sid, mark.index, index)
    return mark.count - await queries.count_between(tx, scope, conversation_sid, index, mark.index)


async def _check(work: Work, conversation: str, draft: MessageDraft) -> None:
    """Raises what keeps the draft from being sent: an unknown conversation, or one that is none of the caller's, before
    anything else, half a message before a closed conversation, and that before a reference to something that is not
    stored."""
    try:
        check_content(draft)
    except ApiError:
        async with work.read() as reading:
            parent = await conversations.get(reading, work.scope, conversation)
            await check_takes_part(reading, work, parent.sid)
        raise
    try:
        check_stored(draft)
    except ApiError:
        async with work.read() as reading:
            await _explain(reading, work, conversation, draft)
        raise


def _author(actor: Actor, draft: MessageDraft) -> str:
    """An end user speaks for themselves; others for whom they name."""
    return actor.name if actor.end_user is not None or draft.author is None else draft.author


def _values(
    work: Work, conversation: str, draft: MessageDraft, needed: Sequence[Permission] | None
) -> tuple[object, ...]:
    """The values for the parameters of ``queries.APPEND``."""
    is_named = named_by(conversation) == "unique_name"
    return (
        new_sid(Prefix.MESSAGE),
        work.scope.service,
        None if is_named else conversation,
        conversation if is_named else None,
        draft.author,
        draft.body,
        draft.subject,
        draft.attributes,
        draft.date_created,
        draft.date_updated,
        work.now,
        work.scope.account,
        work.actor.source,
        int(MessageAdded.audience(work.actor)),
        work.actor.request,
        work.actor.identity,
        None if needed is None else ",".join(needed),
    )


async def _append(write: Callable[[], Awaitable[Record | None]], explain: Callable[[], Awaitable[None]]) -> Message:
    """The message that *write* has written; where it wrote none, raises the reason that *explain* finds, or Conflict.

    race: the statement sees what was committed before it waited for the conversation. When the participants were
    added while it waited, nothing keeps the message out any more, and it is written on the second try.
    """
    for _ in range(MAX_TRIES):
        row = await write()
        if row is not None:
            return Message(*row)
        await explain()
    raise Conflict


def _changed(edit: MessageEdit) -> dict[str, Any]:
    """The columns that *edit* gives new values; empty if nothing was sent."""
    sent = {
        "author": edit.author,
        "body": edit.body,
        "created_at": edit.date_created,
        "updated_at": edit.date_updated,
        "attributes": edit.attributes,
        "subject": edit.subject,
    }
    return {name: value for name, value in sent.items() if value is not UNSET}


async def _explain(reading: Reading, work: Work, conversation: str, draft: MessageDraft) -> None:
    """Raises why the conversation does not take *draft*, if it does not: NotFound, NotAMember, PermissionDenied,
    ConversationClosed, ConversationInitializing, AuthorNotInGroup."""
    parent = await conversations.get(reading, work.scope, conversation)
    permit(work.actor, rights.SEND, draft, membership=await check_takes_part(reading, work, parent.sid))
    check_writable(parent)
    if parent.is_group:
        await _speaker(reading, work.scope, parent, draft.author or "")


async def _speaker(reading: Reading, scope: Scope, parent: Conversation, author: str) -> str | None:
    """The participant whom *author* names, or None; raises AuthorNotInGroup where it has to be one."""
    participant = await queries.participant_of(reading, scope, parent.sid, author)
    if parent.is_group and participant is None:
        raise AuthorNotInGroup
    return participant
