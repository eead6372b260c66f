"""SQL of services. Scoped by the account: a service stands above itself."""

from parlour.core.errors import (
    ConversationCreatorRoleNotFound,
    ConversationRoleNotFound,
    DefaultServiceInUse,
    NotFound,
    ServiceRoleNotFound,
)
from parlour.core.paging import Page, PageRequest
from parlour.core.scope import Scope
from parlour.resources.services.model import Service
from parlour.storage.columns import changes, columns
from parlour.storage.keyset import Keyset
from parlour.storage.transaction import Reading, Transaction, refusing

_SERVICE = columns(Service)
_ORDER = Keyset(("created_at", "sid"))


async def find(reading: Reading, scope: Scope, sid: str) -> Service | None:
    """The account's service, or None."""
    row = await reading.fetchrow(
        f"select {_SERVICE} from services where sid = $1 and account_sid = $2", sid, scope.account
    )
    return None if row is None else Service(*row)


async def get(reading: Reading, scope: Scope, sid: str) -> Service:
    """The account's service; raises NotFound."""
    service = await find(reading, scope, sid)
    if service is None:
        raise NotFound
    return service


async def current(reading: Reading, scope: Scope) -> Service:
    """The service of *scope*, with its default roles; raises NotFound if it is gone."""
    return await get(reading, scope, scope.service or "")


async def owned(reading: Reading, account_sid: str, sid: str) -> bool:
    """Whether the account has the service."""
    found = await reading.fetchval("select 1 from services where sid = $1 and account_sid = $2", sid, account_sid)
    return found is not None


async def default_of(reading: Reading, account_sid: str) -> str | None:
    """The SID of the account's default service; None if there is no such account."""
    sid: str | None = await reading.fetchval("select default_service_sid from accounts where sid = $1", account_sid)
    return sid


async def page(reading: Reading, scope: Scope, request: PageRequest) -> Page[Service]:
    """The account's services in the order of their creation."""
    return await _ORDER.page(
        reading,
        f"select {_SERVICE} from services where account_sid = $1",
        (scope.account,),
        request,
        lambda row: Service(*row),
    )


async def insert(tx: Transaction, scope: Scope, sid: str, friendly_name: str) -> None:
    """Stores a service that has no roles yet."""
    await tx.execute(
        """insert into services (sid, account_sid, friendly_name, created_at, updated_at)
           values ($1, $2, $3, $4, $4)""",
        sid,
        scope.account,
        friendly_name,
        tx.now,
    )


async def configure(tx: Transaction, scope: Scope, changed: dict[str, object]) -> Service:
    """Changes the settings of the service of *scope*; raises NotFound, or the error for a role that is gone.

    race: the roles may be deleted after they were looked for; the foreign keys notice.
    """
    with refusing(
        services_default_chat_service_role=ServiceRoleNotFound(),
        services_default_conversation_role=ConversationRoleNotFound(),
        services_default_conversation_creator_role=ConversationCreatorRoleNotFound(),
    ):
        row = await tx.fetchrow(
            f"""
            update services set updated_at = $3{changes(changed, 3)}
            where sid = $1 and account_sid = $2 returning {_SERVICE}
            """,
            scope.service,
            scope.account,
            tx.now,
            *changed.values(),
        )
    if row is None:
        raise NotFound
    return Service(*row)


async def delete(tx: Transaction, scope: Scope, sid: str) -> Service:
    """Removes the service's own row; raises NotFound, or DefaultServiceInUse for the default one.

    race: the account's row is locked, so that the service cannot become the default meanwhile; then the service's,
    so that nothing can be put into it any more.
    """
    default = await tx.fetchval("select default_service_sid from accounts where sid = $1 for update", scope.account)
    await tx.execute("select 1 from services where sid = $1 and account_sid = $2 for update", sid, scope.account)
    service = await get(tx, scope, sid)
    if sid == default:
        raise DefaultServiceInUse
    await tx.removing()
    await tx.execute("delete from services where sid = $1 and account_sid = $2", sid, scope.account)
    return service
