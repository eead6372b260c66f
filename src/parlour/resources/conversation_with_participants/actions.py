"""Making a conversation with its participants: the call that begins it, and the turn that completes it."""

import msgspec
import structlog

from parlour.core.errors import Conflict, NotFound, PairsInUse, ParticipantAlreadyExists, Unavailable
from parlour.core.rights import permit
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, new_sid
from parlour.resources.conversation_with_participants import queries, rights
from parlour.resources.conversation_with_participants.model import (
    ConversationWithParticipantsDraft,
    PendingAdditions,
    PlannedParticipant,
)
from parlour.resources.conversations import actions as conversations
from parlour.resources.conversations import queries as conversation_queries
from parlour.resources.conversations import webhook
from parlour.resources.conversations.facts import ConversationRemoved
from parlour.resources.conversations.model import Conversation, State, check_initial_state
from parlour.resources.participants import actions as participants
from parlour.resources.participants import queries as participant_queries
from parlour.resources.participants import rights as participant_rights
from parlour.resources.participants.groups import check_size, group_of
from parlour.resources.participants.model import ParticipantDraft, check_combination
from parlour.resources.users import actions as users
from parlour.runtime.node import Node
from parlour.runtime.work import Work
from parlour.storage.transaction import Transaction

PENDING_ADDITIONS = "pending additions"
"""The background loop that completes what is begun here."""

FAILED = "Errors occurred during multiple participants creation"
CODE = 50427

_log = structlog.get_logger()


async def create(work: Work, draft: ConversationWithParticipantsDraft) -> Conversation:
    """A new conversation, with participants in the state ``initializing``; raises what keeps any of them out."""
    permit(work.actor, rights.CREATE, draft)
    for each in draft.participant:
        permit(work.actor, participant_rights.CREATE, each, is_own=work.actor.has_identity(each.identity))
    if not draft.participant:
        return await conversations.create(work, draft)
    check_initial_state(draft)
    for each in draft.participant:
        check_combination(each)
    bindings = [each.messaging_binding for each in draft.participant if each.messaging_binding.is_given]
    group = group_of(bindings, len(draft.participant))
    if group is not None:
        check_size(len(draft.participant))

    async def step(tx: Transaction, draft: ConversationWithParticipantsDraft) -> Conversation:
        for each in draft.participant:
            await participants.role_for(tx, work.scope, each)
        conversation = await conversations.make(tx, work, draft, State.INITIALIZING)
        planned = [PlannedParticipant(new_sid(Prefix.PARTICIPANT), each) for each in draft.participant]
        await _reserve(tx, work.scope, conversation.sid, planned, group)
        await _check_identities(tx, work.scope, draft.participant)
        await queries.insert(tx, _pending(work, conversation.sid, draft.state, planned))
        return conversation

    conversation = await work.change(webhook.ADD, step, draft)
    work.wake(PENDING_ADDITIONS)
    return conversation


async def complete_oldest(node: Node) -> bool:
    """A turn in the background: completes one conversation; whether there may be more.

    If the database does not answer, the next turn tries again; any other error would come every time, so it gives up.
    """
    async with node.database.session() as reading:
        pending = await queries.oldest(reading)
    if pending is None:
        return False
    try:
        await _complete(node, pending)
    except (Unavailable, Conflict):
        raise
    except Exception as error:
        await _give_up(node, pending, error)
    return True


async def follow_conversation(tx: Transaction, scope: Scope, fact: ConversationRemoved) -> None:
    """Reaction: for a deleted conversation there is nothing to be done any more."""
    await queries.delete(tx, scope, fact.conversation.sid)


async def _reserve(
    tx: Transaction, scope: Scope, conversation_sid: str, planned: list[PlannedParticipant], group: list[str] | None
) -> None:
    """Takes the address pairs and the address set of a group MMS.

    Raises PairsInUse, GroupExists, and what keeps it from being a group. The pairs are taken in one order, so that two
    calls never wait for each other in a circle.
    """
    pairs = {each.sid: each.draft.messaging_binding.pair for each in planned}
    for sid, pair in sorted(pairs.items(), key=lambda item: item[1] or ()):
        if pair is not None and await participant_queries.claim_pair(tx, scope, pair, conversation_sid, sid):
            raise PairsInUse
    if group is not None:
        await participants.claim_set(tx, scope, conversation_sid, group)


async def _check_identities(tx: Transaction, scope: Scope, drafts: list[ParticipantDraft]) -> None:
    """Raises ParticipantAlreadyExists, UserConversationLimitExceeded.

    race: of the limit this sees what is there now; who joins elsewhere meanwhile is noticed when the participants
    are added.
    """
    identities = [each.identity for each in drafts if each.identity is not None]
    if len(set(identities)) < len(identities):
        raise ParticipantAlreadyExists
    for identity in identities:
        await participants.check_open_conversations(tx, scope, identity, more=1)


def _pending(work: Work, conversation_sid: str, state: State, planned: list[PlannedParticipant]) -> PendingAdditions:
    return PendingAdditions(
        service_sid=work.scope.service or "",
        conversation_sid=conversation_sid,
        account_sid=work.scope.account,
        state=state,
        participants=msgspec.to_builtins(planned),
        actor=msgspec.to_builtins(work.actor),
    )


async def _complete(node: Node, pending: PendingAdditions) -> None:
    """Adds the participants and gives the conversation its state; raises what keeps it from that, NotFound if
    there is nothing to be done any more.

    Locks the users, in one order, before the conversation, as everything does that needs both.
    """
    scope = Scope(pending.account_sid, pending.service_sid)
    actor = pending.asked_by()
    async with node.transaction(scope, actor) as tx:
        planned = pending.planned()
        identities = sorted({each.draft.identity for each in planned if each.draft.identity is not None})
        found = {identity: await users.ensure(tx, scope, identity) for identity in identities}
        conversation = await _take(tx, scope, pending)
        for each in planned:
            user = found.get(each.draft.identity or "")
            is_creator = actor.has_identity(each.draft.identity)
            await participants.join(tx, scope, conversation.sid, each.draft, user, each.sid, is_creator=is_creator)
        await participants.settle_group(tx, scope, conversation.sid)
        await conversations.enter(tx, scope, conversation, State(pending.state))


async def _give_up(node: Node, pending: PendingAdditions, error: Exception) -> None:
    """Closes the conversation, unless it was deleted or another process was faster; the log says why."""
    scope = Scope(pending.account_sid, pending.service_sid)
    try:
        async with node.transaction(scope, pending.asked_by()) as tx:
            conversation = await _take(tx, scope, pending)
            await conversations.enter(tx, scope, conversation, State.CLOSED)
            await participants.free_addresses(tx, scope, conversation.sid)
    except NotFound:
        return
    _log.error(FAILED, code=CODE, conversation=pending.conversation_sid, exc_info=error)


async def _take(tx: Transaction, scope: Scope, pending: PendingAdditions) -> Conversation:
    """The conversation, locked; what is to be done for it is up to the caller now. Raises NotFound.

    race: locks the conversation before it deletes the row, as a deletion of the conversation does: no deadlock.
    """
    conversation = await conversation_queries.lock(tx, scope, pending.conversation_sid)
    if not await queries.delete(tx, scope, conversation.sid):
        raise NotFound
    return conversation
