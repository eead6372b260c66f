"""What may happen to a user's conversations."""

from msgspec import UNSET

from parlour.core.errors import NotFound
from parlour.core.paging import Page, PageRequest
from parlour.core.rights import Rights, permit
from parlour.resources.conversations import queries as conversations
from parlour.resources.conversations.model import check_writable
from parlour.resources.memberships.actions import check_takes_part
from parlour.resources.participants import actions as participants
from parlour.resources.participants.model import Participant, horizon_columns
from parlour.resources.user_conversations import queries, rights
from parlour.resources.user_conversations.model import (
    PLAIN,
    MyConversation,
    OpenConversation,
    UserConversation,
    UserConversationEdit,
    UserConversationQuery,
)
from parlour.runtime.work import Work
from parlour.storage.transaction import Reading, Transaction


async def page(work: Work, user: str, query: UserConversationQuery, request: PageRequest) -> Page[UserConversation]:
    """The user's conversations; raises NotFound."""
    permit(work.actor, rights.READ, is_own=work.actor.is_user(user))
    if query.parlour == PLAIN:
        return await queries.page(work.pipelines, work.scope, user, request)
    async with work.read() as reading:
        return await queries.extended_page(reading, work.scope, user, query.parlour, request)


async def page_of_caller(work: Work, user_sid: str, request: PageRequest) -> Page[OpenConversation]:
    """The conversations of the user, who calls."""
    permit(work.actor, rights.READ, is_own=work.actor.is_user(user_sid))
    return await queries.page_of_caller(work.pipelines, work.scope, user_sid, request)


async def fetch(work: Work, user: str, conversation: str) -> UserConversation:
    """The conversation as the user has it; raises NotFound."""
    permit(work.actor, rights.READ, is_own=work.actor.is_user(user))
    async with work.read() as reading:
        return await queries.get(reading, work.scope, user, conversation)


async def fetch_of_caller(work: Work, user_sid: str, conversation: str) -> MyConversation:
    """The same for the user who calls; raises NotFound, and NotAMember where the user takes no part."""
    permit(work.actor, rights.READ, is_own=work.actor.is_user(user_sid))
    async with work.read() as reading:
        return await _of_caller(reading, work, user_sid, conversation)


async def _of_caller(reading: Reading, work: Work, user_sid: str, conversation: str) -> MyConversation:
    found = await queries.find_of_caller(reading, work.scope, user_sid, conversation)
    if found is None:
        parent = await conversations.get(reading, work.scope, conversation)
        await check_takes_part(reading, work, parent.sid)
        raise NotFound
    return found


async def update(work: Work, user: str, conversation: str, edit: UserConversationEdit) -> UserConversation:
    """The conversation with level and horizon as sent; raises NotFound, ConversationClosed."""
    async with work.write() as tx:
        await _change(tx, work, user, conversation, edit)
        return await queries.get(tx, work.scope, user, conversation)


async def update_of_caller(work: Work, user_sid: str, conversation: str, edit: UserConversationEdit) -> MyConversation:
    """The same for the user who calls."""
    async with work.write() as tx:
        await _change(tx, work, user_sid, conversation, edit)
        return await _of_caller(tx, work, user_sid, conversation)


async def _change(tx: Transaction, work: Work, user: str, conversation: str, edit: UserConversationEdit) -> None:
    """The participant's date of update follows the horizon, not the level."""
    participant = await _writable(tx, work, user, conversation, rights.UPDATE, edit)
    horizon = horizon_columns(edit.last_read_message_index, edit.last_read_timestamp, tx.now)
    columns = {**horizon, "updated_at": tx.now} if horizon else {}
    if edit.notification_level is not UNSET:
        columns["notification_level"] = edit.notification_level
    if columns:
        await participants.change(tx, work.scope, participant, columns)


async def delete(work: Work, user: str, conversation: str) -> None:
    """The user takes part no more; raises NotFound, ConversationClosed."""
    async with work.write() as tx:
        await participants.remove(tx, work.scope, await _writable(tx, work, user, conversation, rights.DELETE))


async def _writable(
    tx: Transaction,
    work: Work,
    user: str,
    conversation: str,
    needed: Rights,
    edit: UserConversationEdit | None = None,
) -> Participant:
    """The user's participant in the conversation, which is locked."""
    parent = await conversations.lock_to_change(tx, work.scope, conversation)
    part = await check_takes_part(tx, work, parent.sid)
    permit(work.actor, needed, edit, membership=part, is_own=work.actor.is_user(user))
    participant = await queries.participant(tx, work.scope, user, parent.sid)
    check_writable(parent)
    return participant
