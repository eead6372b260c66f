"""What may happen to accounts and API keys."""

import hmac
import secrets

from parlour.core.actor import AccountKey
from parlour.core.sids import Prefix, is_sid, new_sid
from parlour.resources.accounts import queries
from parlour.resources.accounts.model import Account, ApiKey
from parlour.runtime.node import Node


async def authenticate(node: Node, username: str, password: str) -> AccountKey | None:
    """Whom *username* and *password* prove, or None. Compared in constant time."""
    async with node.database.session() as reading:
        if is_sid(username, Prefix.ACCOUNT):
            token = await queries.auth_token(reading, username)
            stored = None if token is None else (username, token)
        elif is_sid(username, Prefix.API_KEY):
            stored = await queries.key_secret(reading, username)
        else:
            stored = None
    if stored is None:
        return None
    account_sid, secret = stored
    if not hmac.compare_digest(node.decrypt(secret).encode(), password.encode()):
        return None
    return AccountKey(account_sid, username)


async def is_known(node: Node, sid: str) -> bool:
    """Whether there is an account or API key with this SID; for the operator's eyes only."""
    async with node.database.session() as reading:
        if is_sid(sid, Prefix.ACCOUNT):
            return await queries.auth_token(reading, sid) is not None
        return await queries.key_secret(reading, sid) is not None


async def only_account(node: Node) -> str | None:
    """The SID of the account, if there is exactly one."""
    async with node.database.session() as reading:
        return await queries.only(reading)


async def accounts(node: Node) -> list[Account]:
    """All accounts, the first made first."""
    async with node.database.session() as reading:
        return await queries.every(reading)


async def auth_token(node: Node, sid: str) -> str | None:
    """The account's auth token in clear text, for its owner at the terminal; None if there is no such account."""
    async with node.database.session() as reading:
        token = await queries.auth_token(reading, sid)
    return None if token is None else node.decrypt(token)


async def set_auth_token(node: Node, sid: str, token: str) -> None:
    """From now on the account is proved by *token*."""
    async with node.database.session() as reading:
        await queries.set_auth_token(reading, sid, node.vault.encrypt(token), node.clock.now())


async def create_key(node: Node, account_sid: str, friendly_name: str | None) -> tuple[ApiKey, str]:
    """A new API key and its secret, which is shown this once; raises NotFound without such an account."""
    secret = secrets.token_urlsafe(24)
    key = ApiKey(new_sid(Prefix.API_KEY), account_sid, friendly_name, node.clock.now())
    async with node.database.session() as reading:
        await queries.get(reading, account_sid)
        await queries.insert_key(reading, key, node.vault.encrypt(secret))
    return key, secret


async def keys(node: Node, account_sid: str) -> list[ApiKey]:
    """The account's API keys; raises NotFound without such an account."""
    async with node.database.session() as reading:
        await queries.get(reading, account_sid)
        return await queries.keys(reading, account_sid)


async def delete_key(node: Node, account_sid: str, sid: str) -> None:
    """Revokes the key; processes that have it cached refuse it within 5 seconds. Raises NotFound."""
    async with node.database.session() as reading:
        await queries.delete_key(reading, account_sid, sid)
