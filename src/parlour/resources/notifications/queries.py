"""SQL of a service's notifications: a column of the service that holds what was set."""

from parlour.core.errors import NotFound
from parlour.core.scope import Scope
from parlour.resources.notifications.model import Settings
from parlour.storage.transaction import Reading, Transaction


async def get(reading: Reading, scope: Scope) -> Settings:
    """What was set; raises NotFound if the service is gone."""
    return await _get(reading, scope, "")


async def lock(tx: Transaction, scope: Scope) -> Settings:
    """The same, with the service's row locked until the end of the transaction."""
    return await _get(tx, scope, "for no key update")


async def replace(tx: Transaction, scope: Scope, settings: Settings) -> None:
    """Stores *settings* in place of those before, of a service that is locked."""
    await tx.execute(
        "update services set notifications = $3, updated_at = $4 where sid = $1 and account_sid = $2",
        scope.service,
        scope.account,
        settings,
        tx.now,
    )


async def _get(reading: Reading, scope: Scope, locking: str) -> Settings:
    settings: Settings | None = await reading.fetchval(
        f"select notifications from services where sid = $1 and account_sid = $2 {locking}",
        scope.service,
        scope.account,
    )
    if settings is None:
        raise NotFound
    return settings
