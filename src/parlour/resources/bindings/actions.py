"""What may happen to bindings.

Whoever changes one locks its user first, as who deletes the user does, so that what is written of the user
(``is_notifiable``) is true.
"""

from contextlib import suppress

from parlour.core.actor import QUIET_SYSTEM
from parlour.core.errors import InvalidBinding, NotFound
from parlour.core.paging import Page, PageRequest
from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, new_sid
from parlour.resources.bindings import queries, rights
from parlour.resources.bindings.facts import BindingAdded, BindingRemoved, BindingUpdated
from parlour.resources.bindings.model import (
    FITTING,
    IDLE,
    Binding,
    BindingDraft,
    BindingQuery,
    BindingType,
    Device,
    Registration,
    check_device,
    message_types,
)
from parlour.resources.credentials import queries as credentials
from parlour.resources.users import actions as users
from parlour.resources.users import queries as user_queries
from parlour.resources.users.facts import UserReachabilityChanged, UserRemoved
from parlour.runtime.node import Node
from parlour.runtime.work import Work
from parlour.storage.transaction import Reading, Transaction

BINDINGS = "bindings"
"""The name of the loop that removes unused bindings."""
_BATCH_SIZE = 100


async def register(work: Work, draft: BindingDraft) -> Binding:
    """The device has a binding, and no other identity has one for it; a missing user is made.

    Raises InvalidBinding.
    """
    permit(work.actor, rights.REGISTER, draft, is_own=work.actor.has_identity(draft.identity))
    check_device(draft)
    wanted = message_types(draft.message_types)
    async with work.write() as tx:
        credential = await _credential(tx, work.scope, draft)
        before = await queries.holder(tx, work.scope, draft.binding_type, draft.address)
        await _lock_users(tx, work.scope, draft.identity, before)
        if before is not None and before.identity != draft.identity:
            await _remove(tx, work.scope, before)
        fresh = Binding(
            sid=new_sid(Prefix.BINDING),
            identity=draft.identity,
            binding_type=draft.binding_type,
            endpoint=draft.endpoint,
            credential_sid=credential,
            message_types=wanted,
            created_at=tx.now,
            updated_at=tx.now,
        )
        binding = await queries.put(tx, work.scope, fresh, draft.address)
        await _note(tx, work.scope, binding)
        is_new = binding.sid == fresh.sid
        await tx.tell(BindingAdded(binding=binding) if is_new else BindingUpdated(binding=binding))
    return binding


async def register_own(work: Work, registration: Registration) -> Binding:
    """The device of the end user who calls has a binding, with the credential that their token names.

    Raises InvalidBinding.
    """
    permit(work.actor, rights.REGISTER_OWN, registration)
    draft = BindingDraft(
        identity=work.actor.name,
        binding_type=registration.channel_type,
        address=registration.data.registration_id,
        endpoint=registration.endpoint_platform,
        credential_sid=work.actor.push_credential_sid,
        message_types=registration.message_types,
    )
    return await register(work, draft)


async def unregister_own(work: Work, sid: str) -> None:
    """The binding is gone; raises NotFound if it is not that of the end user who calls."""
    permit(work.actor, rights.UNREGISTER_OWN)
    await unregister(work, work.actor.name, sid)


async def unregister_own_device(work: Work, device: Device) -> None:
    """The device has no binding, unless it is another user's by now; nothing happens if it had none."""
    permit(work.actor, rights.UNREGISTER_OWN, device)
    async with work.read() as reading:
        binding = await queries.holder(reading, work.scope, device.binding_type, device.address)
    if binding is not None and work.actor.has_identity(binding.identity):
        with suppress(NotFound):  # race: it may be gone by now
            await unregister(work, binding.identity, binding.sid)


async def unregister(work: Work, identity: str, sid: str) -> None:
    """The binding is gone; raises NotFound if it is not that identity's."""
    permit(work.actor, rights.UNREGISTER, is_own=work.actor.has_identity(identity))
    async with work.write() as tx:
        binding = await queries.get(tx, work.scope, sid)
        if binding.identity != identity:
            raise NotFound
        await _drop(tx, work.scope, binding)


async def unregister_device(work: Work, type: BindingType, address: str) -> bool:
    """Removes the device's binding of that type from any holder; returns whether there was one."""
    async with work.write() as tx:
        binding = await queries.holder(tx, work.scope, type, address)
        if binding is not None:
            permit(work.actor, rights.UNREGISTER, is_own=work.actor.has_identity(binding.identity))
            await _drop(tx, work.scope, binding)
    return binding is not None


async def page(work: Work, query: BindingQuery, request: PageRequest) -> Page[Binding]:
    """The service's bindings."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        return await queries.page(reading, work.scope, query, request)


async def fetch(work: Work, sid: str) -> Binding:
    """The binding; raises NotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        return await queries.get(reading, work.scope, sid)


async def delete(work: Work, sid: str) -> None:
    """The binding is gone; raises NotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.write() as tx:
        if not await _drop(tx, work.scope, await queries.get(tx, work.scope, sid)):
            raise NotFound


async def follow_user(tx: Transaction, scope: Scope, fact: UserRemoved) -> None:
    """Reaction: a deleted user, which is locked, is reached by nothing any more."""
    for binding in await queries.of_identity(tx, scope, fact.user.identity):
        await _remove(tx, scope, binding)


async def expire(node: Node) -> bool:
    """Removes bindings that were not registered again for a year; returns whether there may be more of them."""
    since = node.clock.now() - IDLE
    async with node.database.session() as reading:
        found = await queries.idle(reading, since, _BATCH_SIZE)
    for scope, sid in found:
        async with node.transaction(scope, QUIET_SYSTEM) as tx:
            await _expire(tx, scope, sid)
    return len(found) == _BATCH_SIZE


async def _expire(tx: Transaction, scope: Scope, sid: str) -> None:
    """race: the binding may have been renewed or removed since it was found to be idle, until its user is locked."""
    try:
        binding = await queries.get(tx, scope, sid)
        await user_queries.lock(tx, scope, binding.identity)
        binding = await queries.get(tx, scope, sid)
    except NotFound:
        return
    if binding.updated_at < tx.now - IDLE:
        await _remove(tx, scope, binding)


async def _credential(reading: Reading, scope: Scope, draft: BindingDraft) -> str | None:
    """The SID of the credential that reaches the device; raises InvalidBinding if there is none that fits."""
    if draft.binding_type is BindingType.TWILSOCK:
        return None
    credential = await credentials.find(reading, scope, draft.credential_sid or "")
    if credential is None or credential.type not in FITTING[draft.binding_type]:
        raise InvalidBinding
    return credential.sid


async def _lock_users(tx: Transaction, scope: Scope, identity: str, before: Binding | None) -> None:
    """Locks the users who have had and will have the device, in the order of their identities."""
    for each in sorted({identity, before.identity if before is not None else identity}):
        await (users.ensure(tx, scope, each) if each == identity else user_queries.lock(tx, scope, each))


async def _drop(tx: Transaction, scope: Scope, binding: Binding) -> bool:
    """Removes *binding*, which is not locked; returns whether it was still there."""
    await user_queries.lock(tx, scope, binding.identity)
    return await _remove(tx, scope, binding)


async def _remove(tx: Transaction, scope: Scope, binding: Binding) -> bool:
    """Removes *binding*, whose user is locked; returns whether it was still there."""
    removed = await queries.delete(tx, scope, binding.sid)
    if removed is not None:
        await _note(tx, scope, removed)
        await tx.tell(BindingRemoved(binding=removed))
    return removed is not None


async def _note(tx: Transaction, scope: Scope, changed: Binding) -> None:
    """Writes down whether the identity of *changed* can be reached now."""
    if changed.binding_type != BindingType.TWILSOCK:
        reached = await queries.is_notifiable(tx, scope, changed.identity)
        user = await user_queries.set_notifiable(tx, scope, changed.identity, reached)
        if user is not None:
            await tx.tell(UserReachabilityChanged(user=user))
