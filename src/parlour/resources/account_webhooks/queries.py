"""SQL of an account's webhooks, which are columns of the account."""

from parlour.core.errors import NotFound
from parlour.core.scope import Scope
from parlour.resources.account_webhooks.model import AccountWebhooks
from parlour.storage.columns import changes, columns
from parlour.storage.transaction import Reading, Transaction

_WEBHOOKS = columns(AccountWebhooks)


async def get(reading: Reading, scope: Scope) -> AccountWebhooks:
    """The account's webhooks; raises NotFound."""
    row = await reading.fetchrow(f"select {_WEBHOOKS} from accounts where sid = $1", scope.account)
    if row is None:
        raise NotFound
    return AccountWebhooks(*row)


async def update(tx: Transaction, scope: Scope, changed: dict[str, object]) -> tuple[AccountWebhooks, bool]:
    """Changes the columns in *changed*, and says whether one was to be asked before that; raises NotFound."""
    row = await tx.fetchrow(
        f"""
        with known(account, url) as materialized (
          select sid, pre_webhook_url from accounts where sid = $1 for no key update
        )
        update accounts set updated_at = $2{changes(changed, 2)} from known where sid = known.account
        returning {_WEBHOOKS}, known.url
        """,
        scope.account,
        tx.now,
        *changed.values(),
    )
    if row is None:
        raise NotFound
    return AccountWebhooks(*row[:-1]), bool(row["url"])
