"""What may happen to an account's webhooks."""

from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.resources.account_webhooks import queries
from parlour.resources.account_webhooks.model import AccountWebhooks, AccountWebhooksEdit, column
from parlour.runtime.work import Work
from parlour.storage.columns import given


async def fetch(work: Work) -> AccountWebhooks:
    """The account's webhooks."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        return await queries.get(reading, work.scope)


async def update(work: Work, edit: AccountWebhooksEdit) -> AccountWebhooks:
    """The account's webhooks with what was sent changed."""
    permit(work.actor, ACCOUNTS_ONLY)
    changed = {column(name): value for name, value in given(edit).items()}
    if not changed:
        return await fetch(work)
    async with work.write() as tx:
        webhooks, was_asking = await queries.update(tx, work.scope, changed)
    if was_asking or webhooks.pre_webhook_url:
        await work.outlast_webhooks()
    return webhooks
