"""Key check: a row that the one right secret key opens, so that no other key ever encrypts a secret beside it."""

from typing import Any

from parlour.storage.connect import Connector, Limits, close
from parlour.storage.vault import Vault, VaultError

_TEXT = "parlour"
_SECRETS = {
    "accounts": "select 'the auth token of ' || sid as name, auth_token as secret from accounts",
    "api_keys": "select 'API key ' || sid as name, secret from api_keys",
    "credentials": "select 'push credential ' || sid as name, secrets as secret from credentials",
}
"""By table, what is encrypted."""
_NAMED = 3
"""Secrets of another key that are named."""


async def verify(connection: Any, vault: Vault) -> None:
    """Raises VaultError unless the key is the database's; where none is noted it becomes so if it opens all secrets.

    race: of processes that note different keys at once the first wins, and the others are refused.
    """
    if await _noted(connection) is None:
        await _open_all(connection, vault)
        await connection.execute(
            "insert into secret_check (sealed) values ($1) on conflict do nothing", vault.encrypt(_TEXT)
        )
    vault.decrypt(await _noted(connection) or b"")


async def check_key(url: str, vault: Vault) -> None:
    """Raises VaultError unless the key is the database's and opens all secrets; changes nothing."""
    connection = await Connector(url, Limits()).connect()
    try:
        noted = await _noted(connection)
        if noted is not None:
            vault.decrypt(noted)
        await _open_all(connection, vault)
    finally:
        await close(connection)


async def has_secrets(connection: Any) -> bool:
    """Whether there is something that only one key opens."""
    return bool(await connection.fetchval("select exists (select from secret_check) or exists (select from accounts)"))


async def _noted(connection: Any) -> bytes | None:
    sealed: bytes | None = await connection.fetchval("select sealed from secret_check")
    return sealed


async def _open_all(connection: Any, vault: Vault) -> None:
    """Raises VaultError if the key does not open every secret."""
    secrets = [row for sql in _SECRETS.values() for row in await connection.fetch(sql)]
    closed = [row["name"] for row in secrets if not vault.can_decrypt(row["secret"])]
    if secrets and len(closed) == len(secrets):
        vault.decrypt(secrets[0]["secret"])
    if closed:
        more = f" and {len(closed) - _NAMED} more" if len(closed) > _NAMED else ""
        raise VaultError(
            f"The secret key opens {len(secrets) - len(closed)} of the {len(secrets)} stored secrets, but not"
            f" {', '.join(closed[:_NAMED])}{more}, which another key encrypted: set PARLOUR_SECRET_KEY to the key that"
            " opens them all, or remove those rows from the database."
        )
