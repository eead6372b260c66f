"""What may happen to an account's settings."""

from typing import Any

from parlour.core.errors import ServiceNotFound
from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.core.timer_fields import Duration
from parlour.resources.accounts import queries as accounts
from parlour.resources.accounts.model import Account
from parlour.resources.configuration.model import ConfigurationEdit
from parlour.resources.services import queries as services
from parlour.runtime.work import Work
from parlour.storage.columns import given


async def fetch(work: Work) -> Account:
    """The account with its settings."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        return await accounts.get(reading, work.scope.account)


async def update(work: Work, edit: ConfigurationEdit) -> Account:
    """The account with the new settings; raises ServiceNotFound.

    race: the account's row is locked before the new default service is looked for, as deleting a service does, so
    that an account never points to a service that is gone.
    """
    permit(work.actor, ACCOUNTS_ONLY)
    changed = {_column(name): _stored(value) for name, value in given(edit).items()}
    async with work.write() as tx:
        account = before = await accounts.lock(tx, work.scope.account)
        default = changed.get("default_service_sid")
        if default is not None and await services.find(tx, work.scope, str(default)) is None:
            raise ServiceNotFound
        if changed:
            account = await accounts.configure(tx, work.scope.account, changed, tx.now)
    if account.default_service_sid != before.default_service_sid:
        await work.outlast_scopes()
    return account


def _column(name: str) -> str:
    return "default_service_sid" if name == "default_chat_service_sid" else name


def _stored(value: Any) -> Any:
    return value.text if isinstance(value, Duration) else value
