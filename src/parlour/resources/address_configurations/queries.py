"""SQL of address configurations. Scoped by the account. ``reference`` is a SID or the address."""

from parlour.core.errors import Conflict, NotFound, ServiceNotFound
from parlour.core.paging import Page, PageRequest
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, is_sid
from parlour.resources.address_configurations.model import AddressConfiguration, AddressConfigurationQuery
from parlour.storage.columns import changes, columns
from parlour.storage.keyset import Keyset
from parlour.storage.transaction import Reading, Record, Transaction, refusing

_CONFIGURATION = columns(AddressConfiguration)
_ORDER = Keyset(("created_at", "sid"))


def _named_by(reference: str) -> str:
    return "sid" if is_sid(reference, Prefix.ADDRESS_CONFIGURATION) else "address"


def _select(reference: str) -> str:
    return f"select {_CONFIGURATION} from address_configurations where account_sid = $1 and {_named_by(reference)} = $2"


def _found(row: Record | None) -> AddressConfiguration:
    if row is None:
        raise NotFound
    return AddressConfiguration(*row)


async def get(reading: Reading, scope: Scope, reference: str) -> AddressConfiguration:
    """The account's address configuration; raises NotFound."""
    return _found(await reading.fetchrow(_select(reference), scope.account, reference))


async def lock(tx: Transaction, scope: Scope, reference: str) -> AddressConfiguration:
    """The same, locked until the end of the transaction."""
    return _found(await tx.fetchrow(f"{_select(reference)} for update", scope.account, reference))


async def page(
    reading: Reading, scope: Scope, query: AddressConfigurationQuery, request: PageRequest
) -> Page[AddressConfiguration]:
    """The account's address configurations, or those of one type, in the order of their creation."""
    values: tuple[object, ...] = (scope.account,) if query.type is None else (scope.account, query.type)
    of_type = "" if query.type is None else " and type = $2"
    return await _ORDER.page(
        reading,
        f"select {_CONFIGURATION} from address_configurations where account_sid = $1{of_type}",
        values,
        request,
        lambda row: AddressConfiguration(*row),
    )


async def insert(tx: Transaction, scope: Scope, configuration: AddressConfiguration) -> None:
    """Stores *configuration*; raises ServiceNotFound, or Conflict if the address has one already.

    race: the service may have been deleted since it was looked for.
    """
    with refusing(address_configurations_address=Conflict(), address_configurations_service=ServiceNotFound()):
        await tx.execute(
            f"""
            insert into address_configurations (account_sid, {_CONFIGURATION})
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            """,
            scope.account,
            configuration.sid,
            configuration.type,
            configuration.address,
            configuration.friendly_name,
            configuration.address_country,
            configuration.is_enabled,
            configuration.creation_type,
            configuration.conversation_service_sid,
            configuration.webhook_url,
            configuration.webhook_method,
            configuration.webhook_filters,
            configuration.studio_flow_sid,
            configuration.studio_retry_count,
            configuration.created_at,
            configuration.updated_at,
        )


async def update(tx: Transaction, scope: Scope, sid: str, edit: dict[str, object]) -> AddressConfiguration:
    """Changes the columns in *edit*; raises NotFound, ServiceNotFound."""
    with refusing(address_configurations_service=ServiceNotFound()):
        return _found(
            await tx.fetchrow(
                f"""
                update address_configurations set updated_at = $3{changes(edit, 3)}
                where account_sid = $1 and sid = $2 returning {_CONFIGURATION}
                """,
                scope.account,
                sid,
                tx.now,
                *edit.values(),
            )
        )


async def delete(tx: Transaction, scope: Scope, reference: str) -> None:
    """Removes the address configuration; raises NotFound."""
    gone = await tx.fetchval(
        f"""delete from address_configurations where account_sid = $1 and {_named_by(reference)} = $2
            returning sid""",
        scope.account,
        reference,
    )
    if gone is None:
        raise NotFound
