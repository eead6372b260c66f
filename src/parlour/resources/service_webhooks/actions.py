"""What may happen to a service's webhooks."""

from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.resources.account_webhooks.model import column
from parlour.resources.service_webhooks import queries
from parlour.resources.service_webhooks.model import ServiceWebhooks, ServiceWebhooksEdit
from parlour.runtime.work import Work
from parlour.storage.columns import given


async def fetch(work: Work) -> ServiceWebhooks:
    """The service's webhooks; raises NotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        return await queries.get(reading, work.scope)


async def update(work: Work, edit: ServiceWebhooksEdit) -> ServiceWebhooks:
    """The service's webhooks with what was sent changed; raises NotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    changed = {column(name): value for name, value in given(edit).items()}
    if not changed:
        return await fetch(work)
    async with work.write() as tx:
        webhooks = await queries.update(tx, work.scope, changed)
    await work.outlast_webhooks()  # also without a URL of its own: then the account's is in force, or no more
    return webhooks
