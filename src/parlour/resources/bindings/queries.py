"""SQL of bindings. Only the push services read the device's token."""

from datetime import datetime

from parlour.core.errors import NotFound
from parlour.core.paging import Page, PageRequest
from parlour.core.scope import Scope
from parlour.resources.bindings.model import Binding, BindingQuery, BindingType
from parlour.storage.columns import columns
from parlour.storage.keyset import Keyset
from parlour.storage.transaction import Reading, Transaction

_BINDING = columns(Binding)
_ORDER = Keyset(("created_at", "sid"))


async def get(reading: Reading, scope: Scope, sid: str) -> Binding:
    """The binding; raises NotFound."""
    row = await reading.fetchrow(
        f"select {_BINDING} from bindings where service_sid = $1 and sid = $2", scope.service, sid
    )
    if row is None:
        raise NotFound
    return Binding(*row)


async def page(reading: Reading, scope: Scope, query: BindingQuery, request: PageRequest) -> Page[Binding]:
    """The service's bindings in the order of their creation; of *query*, an empty list is no filter.

    With a filter, the first rows of each of its values are taken from the index of that filter, and of these the
    first: however many bindings there are, no more than a page for each value is looked at.
    """
    values: tuple[object, ...] = (scope.service,)
    select = f"select {_BINDING} from bindings where service_sid = $1"
    if query.identity:
        values, select = (*values, query.identity), f"{select} and identity = wanted.value"
        if query.binding_type:
            values, select = (*values, query.binding_type), f"{select} and binding_type = any($3::text[])"
    elif query.binding_type:
        values, select = (*values, query.binding_type), f"{select} and binding_type = wanted.value"
    if len(values) > 1:
        each = f"{select} {_ORDER.cut(request, len(values))}"
        select = f"""select found.* from unnest($2::text[]) as wanted(value) cross join lateral ({each}) as found
                     where true"""
    return await _ORDER.page(reading, select, values, request, lambda row: Binding(*row))


async def put(tx: Transaction, scope: Scope, binding: Binding, address: str) -> Binding:
    """Stores *binding* for the device's token *address*; if the same identity had one, that is renewed instead.

    race: another identity may have registered the device since it was taken from all others.
    """
    row = await tx.fetchone(
        f"""
        insert into bindings as known (service_sid, {_BINDING}, address)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict on constraint bindings_address do update set
          sid = case when known.identity = excluded.identity then known.sid else excluded.sid end,
          created_at = case when known.identity = excluded.identity then known.created_at else excluded.created_at end,
          identity = excluded.identity, endpoint = excluded.endpoint, credential_sid = excluded.credential_sid,
          message_types = excluded.message_types, updated_at = excluded.updated_at
        returning {_BINDING}
        """,
        scope.service,
        binding.sid,
        binding.identity,
        binding.binding_type,
        binding.endpoint,
        binding.credential_sid,
        binding.message_types,
        binding.created_at,
        binding.updated_at,
        address,
    )
    return Binding(*row)


async def holder(reading: Reading, scope: Scope, type: BindingType, address: str) -> Binding | None:
    """The holder of the device's binding of that type, or None."""
    row = await reading.fetchrow(
        f"select {_BINDING} from bindings where service_sid = $1 and binding_type = $2 and address = $3",
        scope.service,
        type,
        address,
    )
    return None if row is None else Binding(*row)


async def of_identity(reading: Reading, scope: Scope, identity: str) -> list[Binding]:
    """All bindings of *identity*."""
    rows = await reading.fetch(
        f"select {_BINDING} from bindings where service_sid = $1 and identity = $2 order by created_at, sid",
        scope.service,
        identity,
    )
    return [Binding(*row) for row in rows]


async def is_notifiable(reading: Reading, scope: Scope, identity: str) -> bool:
    """Whether a push notification can reach *identity*."""
    found = await reading.fetchval(
        "select 1 from bindings where service_sid = $1 and identity = $2 and binding_type <> $3 limit 1",
        scope.service,
        identity,
        BindingType.TWILSOCK,
    )
    return found is not None


async def delete(tx: Transaction, scope: Scope, sid: str) -> Binding | None:
    """Removes the binding and returns it; None if it is gone already."""
    row = await tx.fetchrow(
        f"delete from bindings where service_sid = $1 and sid = $2 returning {_BINDING}", scope.service, sid
    )
    return None if row is None else Binding(*row)


async def idle(reading: Reading, since: datetime, limit: int) -> list[tuple[Scope, str]]:
    """At most *limit* bindings of all accounts that were last registered before *since*: scope and SID."""
    rows = await reading.fetch(
        """
        select services.account_sid, bindings.service_sid, bindings.sid
        from bindings join services on services.sid = bindings.service_sid
        where bindings.updated_at < $1 order by bindings.updated_at limit $2
        """,
        since,
        limit,
    )
    return [(Scope(account, service), sid) for account, service, sid in rows]
