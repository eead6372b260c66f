"""What may happen to conversations."""

from datetime import datetime
from typing import Any

from msgspec import UNSET, UnsetType

from parlour.core.errors import EndBeforeStart
from parlour.core.paging import Page, PageRequest
from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, new_sid
from parlour.core.timer_fields import Duration, Timer
from parlour.resources.accounts import queries as accounts
from parlour.resources.accounts.model import Account
from parlour.resources.configuration.model import CLOSED_TIMER, INACTIVE_TIMER
from parlour.resources.conversations import queries, rights, webhook
from parlour.resources.conversations.facts import (
    ConversationAdded,
    ConversationRemoved,
    ConversationStateUpdated,
    ConversationUpdated,
)
from parlour.resources.conversations.model import (
    Conversation,
    ConversationDraft,
    ConversationEdit,
    ConversationQuery,
    Reason,
    Seen,
    State,
    changed_columns,
    check_initial_state,
    check_writable,
    due,
    length,
)
from parlour.resources.list_extensions.model import PLAIN
from parlour.resources.memberships.actions import membership
from parlour.runtime.node import Node
from parlour.runtime.work import NOTHING, Nothing, Work
from parlour.storage.transaction import Reading, Transaction

COUNTS = "conversation counts"
"""The name of the loop."""
_MAX_COUNTS = 50
"""Rows in which the conversations of a service that are in one state may be counted."""


async def create(work: Work, draft: ConversationDraft) -> Conversation:
    """A new conversation; raises what `make` does."""

    permit(work.actor, rights.CREATE, draft)

    async def step(tx: Transaction, draft: ConversationDraft) -> Conversation:
        return await make(tx, work, draft, draft.state)

    return await work.change(webhook.ADD, step, draft)


async def make(tx: Transaction, work: Work, draft: ConversationDraft, state: State) -> Conversation:
    """A new conversation in *state*, which may be a first one on the way to the draft's.

    It has the account's timers where the draft brings none. Raises UniqueNameTaken, InitialStateClosed.
    """
    check_initial_state(draft)
    account = await accounts.get(tx, work.scope.account)
    columns = _columns(draft, state, account, tx.now)
    conversation = await queries.insert(tx, work.scope, {**columns, "created_by": work.actor.name})
    await tx.tell(ConversationAdded(conversation=conversation))
    return conversation


async def enter(tx: Transaction, scope: Scope, before: Conversation, state: State) -> Conversation:
    """The locked conversation in another state because of what happened in it, with its timers as they run in that."""
    columns = changed_columns(before, ConversationEdit(state=state), tx.now)
    after = await queries.update(tx, scope, before.sid, columns)
    await tx.tell(ConversationStateUpdated(conversation=after, state_from=before.state, reason=Reason.EVENT))
    return after


async def page(work: Work, query: ConversationQuery, request: PageRequest) -> Page[Conversation]:
    """The service's conversations; raises EndBeforeStart."""
    permit(work.actor, ACCOUNTS_ONLY)
    if query.start_date and query.end_date and query.end_date < query.start_date:
        raise EndBeforeStart
    async with work.read() as reading:
        if query.parlour == PLAIN:
            return await queries.page(reading, work.scope, query, request)
        return await queries.extended_page(reading, work.scope, query, request)


async def fetch(work: Work, reference: str) -> Conversation:
    """The conversation by SID or unique name; raises NotFound."""
    async with work.read() as reading:
        return await open_to_read(reading, work, reference)


async def look(work: Work, reference: str) -> Seen:
    """The same with how the caller takes part in it; raises NotFound, NotAMember."""
    async with work.read() as reading:
        return await _seen(reading, work, reference)


async def open_to_read(reading: Reading, work: Work, reference: str) -> Conversation:
    """The conversation, for a caller who may read what is in it; raises NotFound, NotAMember."""
    return (await _seen(reading, work, reference)).conversation


async def _seen(reading: Reading, work: Work, reference: str) -> Seen:
    conversation = await queries.get(reading, work.scope, reference)
    part = await membership(reading, work, conversation)
    permit(work.actor, rights.READ, membership=part)
    return Seen(conversation, part)


async def update(work: Work, reference: str, edit: ConversationEdit) -> Conversation:
    """The conversation with what was sent changed; raises NotFound, ConversationClosed, UniqueNameTaken."""

    async def step(tx: Transaction, amended: ConversationEdit) -> Conversation:
        before = await queries.lock_to_change(tx, work.scope, reference)
        permit(work.actor, rights.UPDATE, edit, membership=await membership(tx, work, before))
        check_writable(before)
        columns = changed_columns(before, amended, tx.now)
        if not columns:
            return before
        after = await queries.update(tx, work.scope, before.sid, columns)
        await tx.tell(ConversationUpdated(conversation=after))
        if after.state != before.state:
            after = await queries.renumber(tx, work.scope, after)
            reason = Reason.of(work.actor)
            await tx.tell(ConversationStateUpdated(conversation=after, state_from=before.state, reason=reason))
        return after

    return await work.change(webhook.UPDATE, step, edit)


async def delete(work: Work, reference: str) -> None:
    """The conversation is gone, and what is in it with it; raises NotFound."""

    async def step(tx: Transaction, nothing: Nothing) -> Conversation:
        conversation = await queries.delete(tx, work.scope, reference)
        permit(work.actor, rights.DELETE, membership=await membership(tx, work, conversation))
        await tx.tell(ConversationRemoved(conversation=conversation))
        return conversation

    await work.change(webhook.REMOVE, step, NOTHING)


def _columns(draft: ConversationDraft, state: State, account: Account, now: datetime) -> dict[str, Any]:
    inactive_after = _timer(draft.timers.inactive, account.default_inactive_timer, INACTIVE_TIMER)
    closed_after = _timer(draft.timers.closed, account.default_closed_timer, CLOSED_TIMER)
    created_at = draft.date_created or now
    messaging_service = draft.messaging_service_sid
    return {
        "sid": new_sid(Prefix.CONVERSATION),
        "unique_name": draft.unique_name,
        "friendly_name": draft.friendly_name,
        "attributes": draft.attributes,
        "state": state,
        "messaging_service_sid": account.default_messaging_service_sid
        if messaging_service is UNSET
        else messaging_service,
        "email_address": draft.bindings.email.address or None,
        "email_name": draft.bindings.email.name or None,
        "created_at": created_at,
        "updated_at": draft.date_updated or created_at,
        "state_updated_at": now,
        "inactive_after": inactive_after,
        "closed_after": closed_after,
        **due(state, inactive_after, closed_after, now),
        "last_activity_at": created_at,
    }


def _timer(sent: Duration | UnsetType | None, default: str | None, reader: Timer) -> int | None:
    """The length in seconds of a timer: as it was sent, or else the account's default."""
    found = length(reader.kept(default or "") if sent is UNSET else sent)
    return found if isinstance(found, int) else None


async def sum_up_counts(node: Node) -> bool:
    """A turn in the background: the total of a service is a sum of few rows again. Never has more to do."""
    async with node.database.session() as reading:
        await queries.sum_up(reading, _MAX_COUNTS)
    return False
