"""SQL of roles."""

from parlour.core.errors import NotFound, RoleInUse
from parlour.core.paging import Page, PageRequest
from parlour.core.scope import Scope
from parlour.resources.roles.model import Role
from parlour.storage.columns import columns
from parlour.storage.keyset import Keyset
from parlour.storage.transaction import Reading, Transaction, refusing

_ROLE = columns(Role)
_ORDER = Keyset(("created_at", "sid"))


async def find(reading: Reading, scope: Scope, sid: str) -> Role | None:
    """The role, or None."""
    row = await reading.fetchrow(f"select {_ROLE} from roles where service_sid = $1 and sid = $2", scope.service, sid)
    return None if row is None else Role(*row)


async def get(reading: Reading, scope: Scope, sid: str) -> Role:
    """The role; raises NotFound."""
    role = await find(reading, scope, sid)
    if role is None:
        raise NotFound
    return role


async def page(reading: Reading, scope: Scope, request: PageRequest) -> Page[Role]:
    """The service's roles in the order of their creation."""
    return await _ORDER.page(
        reading,
        f"select {_ROLE} from roles where service_sid = $1",
        (scope.service,),
        request,
        lambda row: Role(*row),
    )


async def insert(tx: Transaction, scope: Scope, role: Role) -> None:
    """Stores *role*; raises NotFound if its service is gone."""
    with refusing(roles_service_sid_fkey=NotFound()):
        await tx.execute(
            f"insert into roles (service_sid, {_ROLE}) values ($1, $2, $3, $4, $5, $6, $7)",
            scope.service,
            role.sid,
            role.friendly_name,
            role.type,
            role.permissions,
            role.created_at,
            role.updated_at,
        )


async def update(tx: Transaction, scope: Scope, sid: str, permissions: list[str]) -> Role:
    """Replaces the role's permissions; raises NotFound."""
    row = await tx.fetchrow(
        f"update roles set permissions = $3, updated_at = $4 where service_sid = $1 and sid = $2 returning {_ROLE}",
        scope.service,
        sid,
        permissions,
        tx.now,
    )
    if row is None:
        raise NotFound
    return Role(*row)


async def delete(tx: Transaction, scope: Scope, sid: str) -> Role:
    """Removes the role; raises NotFound, or RoleInUse while a user, a participant or the service refers to it.

    race: the service's row is held before the role's, as deleting the service and changing its defaults do.
    """
    await tx.execute("select 1 from services where sid = $1 for key share", scope.service)
    with refusing(
        users_role=RoleInUse(),
        participants_role=RoleInUse(),
        services_default_chat_service_role=RoleInUse(),
        services_default_conversation_role=RoleInUse(),
        services_default_conversation_creator_role=RoleInUse(),
    ):
        row = await tx.fetchrow(
            f"delete from roles where service_sid = $1 and sid = $2 returning {_ROLE}", scope.service, sid
        )
    if row is None:
        raise NotFound
    return Role(*row)
