"""What may happen to participants."""

from datetime import datetime
from typing import Any

from msgspec import UNSET

from parlour.core.errors import (
    BindingExists,
    ChannelParticipantLimitExceeded,
    ConversationRoleNotFound,
    GroupExists,
    ParticipantAlreadyExists,
    ParticipantLimitExceeded,
    UserConversationLimitExceeded,
)
from parlour.core.limits import exceeded
from parlour.core.paging import Page, PageRequest
from parlour.core.rights import OUTSIDE, permit
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, new_sid
from parlour.resources.conversations import queries as conversations
from parlour.resources.conversations.actions import open_to_read
from parlour.resources.conversations.facts import ConversationRemoved, ConversationUpdated
from parlour.resources.conversations.model import State, check_writable
from parlour.resources.memberships.actions import membership
from parlour.resources.participants import queries, rights, webhook
from parlour.resources.participants.addresses import binding_type
from parlour.resources.participants.facts import ParticipantAdded, ParticipantRemoved, ParticipantUpdated
from parlour.resources.participants.groups import check_size, digest, group_address, group_of
from parlour.resources.participants.model import (
    MAX_CHANNEL_PARTICIPANTS,
    MAX_OPEN_CONVERSATIONS,
    MAX_PARTICIPANTS,
    Participant,
    ParticipantDraft,
    ParticipantEdit,
    binding_columns,
    check_combination,
    check_identity_change,
    horizon_columns,
)
from parlour.resources.roles import queries as roles
from parlour.resources.roles.model import RoleType
from parlour.resources.services import queries as services
from parlour.resources.users import actions as users
from parlour.resources.users.facts import UserRemoved
from parlour.resources.users.model import User
from parlour.runtime.work import NOTHING, Nothing, Work
from parlour.storage.transaction import Transaction


async def create(work: Work, conversation: str, draft: ParticipantDraft) -> Participant:
    """A new participant, with its user made if it is missing; raises what keeps it out.

    Locks the user before the conversation, as everything does that needs both.
    """

    async def step(tx: Transaction, draft: ParticipantDraft) -> Participant:
        user = await users.ensure(tx, work.scope, draft.identity) if draft.identity is not None else None
        parent = await conversations.lock_to_change(tx, work.scope, conversation)
        is_joining = work.actor.has_identity(draft.identity)
        part = OUTSIDE if is_joining else await membership(tx, work, parent)
        permit(work.actor, rights.CREATE, draft, membership=part, is_own=is_joining)
        check_combination(draft)
        check_writable(parent)
        is_creator = is_joining and draft.identity == parent.created_by
        sid = new_sid(Prefix.PARTICIPANT)
        participant = await join(tx, work.scope, parent.sid, draft, user, sid, is_creator=is_creator)
        if parent.is_group or group_address(participant) is not None:
            await settle_group(tx, work.scope, parent.sid, has_grown=True)
        return participant

    return await work.change(webhook.ADD, step, draft)


async def join(
    tx: Transaction,
    scope: Scope,
    conversation_sid: str,
    draft: ParticipantDraft,
    user: User | None,
    sid: str,
    *,
    is_creator: bool = False,
) -> Participant:
    """A new participant, under the SID that was chosen for it, of a locked conversation; raises what keeps it out.

    An address pair may be its own already. The user is that of the draft's identity, locked. Whether the conversation
    is a group MMS now is left to be settled.
    """
    role_sid = await role_for(tx, scope, draft, is_creator=is_creator)
    columns = _columns(draft, conversation_sid, sid, user, role_sid, tx.now)
    participant = await queries.insert(tx, scope, columns)
    if participant is None:
        raise ParticipantAlreadyExists
    await _claim_pair(tx, scope, participant)
    await _count_in(tx, scope, participant)
    await tx.tell(ParticipantAdded(participant=participant))
    return participant


async def page(work: Work, conversation: str, request: PageRequest) -> Page[Participant]:
    """The conversation's participants; raises NotFound."""
    async with work.read() as reading:
        parent = await open_to_read(reading, work, conversation)
        return await queries.page(reading, work.scope, parent.sid, request)


async def fetch(work: Work, conversation: str, reference: str) -> Participant:
    """The participant by SID or identity; raises NotFound."""
    async with work.read() as reading:
        parent = await open_to_read(reading, work, conversation)
        return await queries.get(reading, work.scope, parent.sid, reference)


async def update(work: Work, conversation: str, reference: str, edit: ParticipantEdit) -> Participant:
    """The participant with what was sent changed; raises what keeps it from that."""

    async def step(tx: Transaction, amended: ParticipantEdit) -> Participant:
        wanted = amended.identity if isinstance(amended.identity, str) else None
        user = await users.ensure(tx, work.scope, wanted) if wanted is not None else None
        parent = await conversations.lock_to_change(tx, work.scope, conversation)
        part = await membership(tx, work, parent)
        before = await queries.get(tx, work.scope, parent.sid, reference)
        permit(work.actor, rights.UPDATE, edit, membership=part, is_own=work.actor.has_identity(before.identity))
        check_writable(parent)
        columns = await _changed_columns(tx, work.scope, before, amended, user)
        return await change(tx, work.scope, before, columns) if columns else before

    return await work.change(webhook.UPDATE, step, edit)


async def delete(work: Work, conversation: str, reference: str) -> None:
    """The participant is gone; its messages stay. Raises NotFound, ConversationClosed."""

    async def step(tx: Transaction, nothing: Nothing) -> Participant:
        parent = await conversations.lock_to_change(tx, work.scope, conversation)
        part = await membership(tx, work, parent)
        participant = await queries.get(tx, work.scope, parent.sid, reference)
        permit(work.actor, rights.DELETE, membership=part, is_own=work.actor.has_identity(participant.identity))
        check_writable(parent)
        await remove(tx, work.scope, participant)
        return participant

    await work.change(webhook.REMOVE, step, NOTHING)


async def change(tx: Transaction, scope: Scope, before: Participant, columns: dict[str, Any]) -> Participant:
    """The participant with new values in *columns*; the conversation is locked. Raises BindingExists.

    How much of what it has read exists is counted in reaction to the fact.
    """
    after = await queries.update(tx, scope, before, columns)
    if after.pair != before.pair:
        # The new one first: two that exchange theirs would otherwise each wait for what the other is giving up.
        await _claim_pair(tx, scope, after)
        await queries.release_pair(tx, scope, before)
    if before.identity is None and after.identity is not None:
        await queries.count(tx, scope, after.conversation_sid, 0, -1)
    if (after.pair, group_address(after)) != (before.pair, group_address(before)):
        await settle_group(tx, scope, after.conversation_sid)
    await tx.tell(ParticipantUpdated(participant=after, before=before))
    return after


async def leave_everywhere(tx: Transaction, scope: Scope, fact: UserRemoved) -> None:
    """Reaction: a deleted user takes part in nothing any more."""
    for participant in await queries.of_user(tx, scope, fact.user.sid):
        await remove(tx, scope, participant)


async def free_addresses_when_closed(tx: Transaction, scope: Scope, fact: ConversationUpdated) -> None:
    """Reaction: the addresses of a closed conversation can be used again."""
    if fact.conversation.state == State.CLOSED:
        await free_addresses(tx, scope, fact.conversation.sid)


async def free_addresses(tx: Transaction, scope: Scope, conversation_sid: str) -> None:
    """The addresses of the conversation can be used again."""
    await queries.release_addresses(tx, scope, conversation_sid)


async def follow_conversation(tx: Transaction, scope: Scope, fact: ConversationRemoved) -> None:
    """Reaction: a deleted conversation has no participants."""
    await queries.delete_all(tx, scope, fact.conversation.sid)


async def remove(tx: Transaction, scope: Scope, participant: Participant) -> None:
    """The participant is gone; its conversation is locked. Raises what keeps the rest from being a group MMS."""
    removed = await queries.delete(tx, scope, participant)
    if group_address(participant) is not None:
        await settle_group(tx, scope, participant.conversation_sid)
    await tx.tell(ParticipantRemoved(participant=removed))


async def settle_group(tx: Transaction, scope: Scope, conversation_sid: str, *, has_grown: bool = False) -> None:
    """The locked conversation is a group MMS or none, by who takes part now; raises what keeps it from being one.

    One that is above the limit, since that was relaxed once, may be changed and left.
    """
    bindings, size = await queries.bound(tx, scope, conversation_sid)
    addresses = group_of(bindings, size.participants)
    if addresses is not None:
        if has_grown or not size.is_group:
            check_size(size.participants)
        await claim_set(tx, scope, conversation_sid, addresses)
    elif size.is_group:
        await queries.end_group(tx, scope, conversation_sid)


async def claim_set(tx: Transaction, scope: Scope, conversation_sid: str, addresses: list[str]) -> None:
    """The conversation is the group MMS of these addresses; raises GroupExists."""
    holder = await queries.claim_set(tx, scope, conversation_sid, digest(addresses))
    if holder is not None:
        raise GroupExists(conversation=holder)


def _columns(
    draft: ParticipantDraft, conversation_sid: str, sid: str, user: User | None, role_sid: str | None, now: datetime
) -> dict[str, Any]:
    binding = draft.messaging_binding
    created_at = draft.date_created or now
    return {
        "conversation_sid": conversation_sid,
        "sid": sid,
        "identity": draft.identity,
        "user_sid": user.sid if user is not None else None,
        "binding_type": binding_type(binding.address, binding.projected_address),
        "address": binding.address,
        "proxy_address": binding.proxy_address,
        "projected_address": binding.projected_address,
        "binding_name": binding.name,
        "binding_level": binding.level,
        "attributes": draft.attributes,
        "role_sid": role_sid,
        "created_at": created_at,
        "updated_at": draft.date_updated or created_at,
    }


async def _changed_columns(
    tx: Transaction, scope: Scope, before: Participant, edit: ParticipantEdit, user: User | None
) -> dict[str, Any]:
    """The columns that *edit* gives new values, checked in the order of the parameters."""
    sent = {
        "created_at": edit.date_created,
        "attributes": edit.attributes,
        "role_sid": edit.role_sid,
        **binding_columns(before, edit.messaging_binding),
        **horizon_columns(edit.last_read_message_index, edit.last_read_timestamp, tx.now),
    }
    columns = {name: value for name, value in sent.items() if value is not UNSET}
    if user is not None:
        check_identity_change(before, columns.get("projected_address", before.projected_address))
        columns |= {"identity": user.identity, "user_sid": user.sid}
        await _check_is_new(tx, scope, before, user)
        await check_open_conversations(tx, scope, user.identity, more=1)
    if isinstance(edit.role_sid, str):
        await _check_role(tx, scope, edit.role_sid)
    if columns or edit.date_updated is not UNSET:
        columns["updated_at"] = tx.now if edit.date_updated is UNSET else edit.date_updated
    return columns


async def role_for(tx: Transaction, scope: Scope, draft: ParticipantDraft, *, is_creator: bool = False) -> str | None:
    """The role that was asked for, or the service's default; none for a group-MMS native or gateway.

    *is_creator*: an end user joins the conversation that they have created.
    """
    if draft.role_sid is not None:
        return await _check_role(tx, scope, draft.role_sid)
    if draft.identity is None and draft.messaging_binding.proxy_address is None:
        return None
    service = await services.current(tx, scope)
    return service.default_conversation_creator_role_sid if is_creator else service.default_conversation_role_sid


async def _check_role(tx: Transaction, scope: Scope, sid: str) -> str:
    role = await roles.find(tx, scope, sid)
    if role is None or role.type != RoleType.CONVERSATION:
        raise ConversationRoleNotFound
    return sid


async def _check_is_new(tx: Transaction, scope: Scope, participant: Participant, user: User) -> None:
    if await queries.find_identity(tx, scope, participant.conversation_sid, user.identity):
        raise ParticipantAlreadyExists


async def _claim_pair(tx: Transaction, scope: Scope, participant: Participant) -> None:
    if participant.pair is None:
        return
    holder = await queries.claim_pair(tx, scope, participant.pair, participant.conversation_sid, participant.sid)
    if holder is not None:
        raise BindingExists(conversation=holder)


async def _count_in(tx: Transaction, scope: Scope, participant: Participant) -> None:
    """The participant is counted; raises the limits that are exceeded with it."""
    is_channel = participant.identity is None
    everybody, of_channels = await queries.count(tx, scope, participant.conversation_sid, 1, int(is_channel))
    if everybody > MAX_PARTICIPANTS:
        exceeded(ParticipantLimitExceeded())
    if is_channel and of_channels > MAX_CHANNEL_PARTICIPANTS:
        exceeded(ChannelParticipantLimitExceeded())
    if participant.identity is not None:
        await check_open_conversations(tx, scope, participant.identity, more=0)


async def check_open_conversations(tx: Transaction, scope: Scope, identity: str, *, more: int) -> None:
    """Raises UserConversationLimitExceeded if the identity would take part in too many with *more* than now."""
    if await queries.open_conversations(tx, scope, identity) + more > MAX_OPEN_CONVERSATIONS:
        exceeded(UserConversationLimitExceeded())
