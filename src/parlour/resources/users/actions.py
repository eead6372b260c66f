"""What may happen to users."""

from msgspec import UNSET

from parlour.core.actor import EndUser
from parlour.core.errors import NotFound, PermissionDenied, RoleNotFound, UserAlreadyExists
from parlour.core.paging import Page, PageRequest
from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, new_sid
from parlour.resources.roles import queries as roles
from parlour.resources.roles.model import RoleType
from parlour.resources.services import queries as services
from parlour.resources.users import queries, rights, webhook
from parlour.resources.users.facts import UserAdded, UserRemoved, UserUpdated
from parlour.resources.users.model import SeenUser, User, UserDraft, UserEdit
from parlour.runtime.node import Node
from parlour.runtime.work import Work
from parlour.storage.columns import given
from parlour.storage.transaction import Reading, Transaction, refusing


async def create(work: Work, draft: UserDraft) -> User:
    """A new user; raises RoleNotFound, UserAlreadyExists."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.write() as tx:
        user = await _make(tx, work.scope, draft)
        if user is None:
            raise UserAlreadyExists
    return user


async def page(work: Work, request: PageRequest) -> Page[User]:
    """The service's users."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        return await queries.page(reading, work.scope, request)


async def fetch(work: Work, reference: str) -> SeenUser:
    """The user by SID or identity; raises NotFound."""
    permit(work.actor, rights.READ)
    async with work.read() as reading:
        return await queries.get_seen(reading, work.scope, reference)


async def update(work: Work, reference: str, edit: UserEdit) -> User:
    """The user with what was sent changed; raises NotFound, RoleNotFound."""

    async def step(tx: Transaction, amended: UserEdit) -> User:
        changed = given(amended)
        user = await queries.lock(tx, work.scope, reference)
        if user is None:
            raise NotFound
        permit(work.actor, rights.UPDATE, edit, is_own=work.actor.has_identity(user.identity))
        if "role_sid" in changed:
            await _check_role(tx, work.scope, str(changed["role_sid"]))
        if changed:
            with refusing(users_role=RoleNotFound()):
                seen = await queries.update(tx, work.scope, user.sid, changed)
            await tx.tell(UserUpdated(user=seen))
            return seen.unseen
        return user

    user = await work.change(webhook.UPDATE, step, edit)
    if edit.role_sid is not UNSET:
        await work.outlast_roles()
    return user


async def delete(work: Work, reference: str) -> None:
    """The user is gone, and its participants with it; raises NotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.write() as tx:
        user = await queries.lock(tx, work.scope, reference)
        if user is None:
            raise NotFound
        await tx.tell(UserRemoved(user=user))
        await queries.delete(tx, work.scope, user.sid)
    await work.outlast_roles()


async def at_present(node: Node, scope: Scope, sid: str) -> EndUser:
    """The user as a caller, with what their role permits at this moment; raises PermissionDenied once the user is gone.

    What was found is good for the length of a lease, which a change of the role outlasts.
    """

    async def read() -> EndUser:
        async with node.database.session() as reading:
            try:
                return await queries.end_user(reading, scope, sid)
            except NotFound:
                raise PermissionDenied from None

    return await node.leased(node.end_users, (scope.service, sid), read)


async def ensure(tx: Transaction, scope: Scope, identity: str, *, role_sid: str | None = None) -> User:
    """The user with *identity*, locked until the end of the transaction; made if it is missing, with this role or the
    service's default.

    race: when two make it at once, the one whose insert does nothing finds the other's row on the next turn.
    """
    while True:
        user = await queries.lock(tx, scope, identity)
        user = user or await _make(tx, scope, UserDraft(identity=identity, role_sid=role_sid))
        if user is not None:
            return user


async def _make(tx: Transaction, scope: Scope, draft: UserDraft) -> User | None:
    if draft.role_sid is None:
        role_sid = (await services.current(tx, scope)).default_chat_service_role_sid
    else:
        role_sid = await _check_role(tx, scope, draft.role_sid)
    made = User(
        new_sid(Prefix.USER),
        draft.identity,
        draft.friendly_name,
        draft.attributes,
        role_sid,
        tx.now,
        tx.now,
        0,
    )
    with refusing(users_role=RoleNotFound(), users_service_sid_fkey=NotFound()):
        user = await queries.insert(tx, scope, made)
    if user is not None:
        await tx.tell(UserAdded(user=user))
    return user


async def _check_role(reading: Reading, scope: Scope, sid: str) -> str:
    role = await roles.find(reading, scope, sid)
    if role is None or role.type != RoleType.SERVICE:
        raise RoleNotFound
    return sid
