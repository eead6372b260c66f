"""What may happen to roles."""

from parlour.core.paging import Page, PageRequest
from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, new_sid
from parlour.resources.roles import model, queries
from parlour.resources.roles.facts import RoleAdded, RoleRemoved, RoleUpdated
from parlour.resources.roles.model import DefaultRoles, Role, RoleDraft, RoleEdit, RoleType, check_permissions
from parlour.runtime.work import Work
from parlour.storage.transaction import Transaction


async def create(work: Work, draft: RoleDraft) -> Role:
    """A new role; raises PermissionNotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    check_permissions(draft.type, draft.permission)
    async with work.write() as tx:
        role = Role(new_sid(Prefix.ROLE), draft.friendly_name, draft.type, draft.permission, tx.now, tx.now)
        await queries.insert(tx, work.scope, role)
        await tx.tell(RoleAdded(role=role))
    return role


async def page(work: Work, request: PageRequest) -> Page[Role]:
    """The service's roles."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        return await queries.page(reading, work.scope, request)


async def fetch(work: Work, sid: str) -> Role:
    """The role; raises NotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        return await queries.get(reading, work.scope, sid)


async def update(work: Work, sid: str, edit: RoleEdit) -> Role:
    """The role with the new permissions in place of the old; raises NotFound, PermissionNotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.write() as tx:
        role = await queries.get(tx, work.scope, sid)
        check_permissions(role.type, edit.permission)
        role = await queries.update(tx, work.scope, sid, edit.permission)
        await tx.tell(RoleUpdated(role=role))
    if role.type == RoleType.SERVICE:
        await work.outlast_roles()
    return role


async def delete(work: Work, sid: str) -> None:
    """The role is gone; raises NotFound, RoleInUse."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.write() as tx:
        await tx.tell(RoleRemoved(role=await queries.delete(tx, work.scope, sid)))


async def create_defaults(tx: Transaction, scope: Scope) -> DefaultRoles:
    """Gives the service of *scope*, which is being made, the four roles that every service has."""

    async def make(name: str, type: RoleType, permissions: tuple[str, ...]) -> Role:
        role = Role(new_sid(Prefix.ROLE), name, type.value, list(permissions), tx.now, tx.now)
        await queries.insert(tx, scope, role)
        await tx.tell(RoleAdded(role=role))
        return role

    return DefaultRoles(
        service_admin=await make("service admin", RoleType.SERVICE, model.SERVICE_ADMIN),
        service_user=await make("service user", RoleType.SERVICE, model.SERVICE_USER),
        channel_admin=await make("channel admin", RoleType.CONVERSATION, model.CHANNEL_ADMIN),
        channel_user=await make("channel user", RoleType.CONVERSATION, model.CHANNEL_USER),
    )
