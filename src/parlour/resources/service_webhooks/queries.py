"""SQL of a service's webhooks, which are columns of the service."""

from parlour.core.errors import NotFound
from parlour.core.scope import Scope
from parlour.resources.service_webhooks.model import ServiceWebhooks
from parlour.storage.columns import changes, columns
from parlour.storage.transaction import Reading, Transaction

_WEBHOOKS = columns(ServiceWebhooks)


async def get(reading: Reading, scope: Scope) -> ServiceWebhooks:
    """The service's webhooks; raises NotFound."""
    row = await reading.fetchrow(
        f"select {_WEBHOOKS} from services where sid = $1 and account_sid = $2", scope.service, scope.account
    )
    if row is None:
        raise NotFound
    return ServiceWebhooks(*row)


async def update(tx: Transaction, scope: Scope, changed: dict[str, object]) -> ServiceWebhooks:
    """Changes the columns in *changed*; raises NotFound."""
    row = await tx.fetchrow(
        f"""
        update services set updated_at = $3{changes(changed, 3)}
        where sid = $1 and account_sid = $2 returning {_WEBHOOKS}
        """,
        scope.service,
        scope.account,
        tx.now,
        *changed.values(),
    )
    if row is None:
        raise NotFound
    return ServiceWebhooks(*row)
