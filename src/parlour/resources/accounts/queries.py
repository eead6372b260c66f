"""SQL of accounts and API keys. These stand above services, so only keys know a scope: their account."""

from collections.abc import Collection
from datetime import datetime

from parlour.core.errors import NotFound
from parlour.resources.accounts.model import Account, ApiKey
from parlour.storage.columns import changes, columns
from parlour.storage.transaction import Reading, Transaction

_ACCOUNT = columns(Account)
_KEY = columns(ApiKey)


async def get(reading: Reading, sid: str) -> Account:
    """The account; raises NotFound."""
    row = await reading.fetchrow(f"select {_ACCOUNT} from accounts where sid = $1", sid)
    if row is None:
        raise NotFound
    return Account(*row)


async def lock(tx: Transaction, sid: str) -> Account:
    """The account, locked until the end of the transaction; raises NotFound."""
    row = await tx.fetchrow(f"select {_ACCOUNT} from accounts where sid = $1 for update", sid)
    if row is None:
        raise NotFound
    return Account(*row)


async def take_turn(tx: Transaction) -> None:
    """Waits until no other transaction has the turn, and has it until this one ends."""
    await tx.execute("select pg_advisory_xact_lock(hashtext('first account'))")


async def every(reading: Reading) -> list[Account]:
    """All accounts, the first made first."""
    rows = await reading.fetch(f"select {_ACCOUNT} from accounts order by created_at, sid")
    return [Account(*row) for row in rows]


async def only(reading: Reading) -> str | None:
    """The SID of the account, if there is exactly one."""
    rows = await reading.fetch("select sid from accounts limit 2")
    return rows[0]["sid"] if len(rows) == 1 else None


async def auth_token(reading: Reading, sid: str) -> bytes | None:
    """The account's encrypted auth token, or None if there is no such account."""
    token: bytes | None = await reading.fetchval("select auth_token from accounts where sid = $1", sid)
    return token


async def insert(reading: Reading, account: Account, token: bytes) -> None:
    """Stores *account*."""
    await reading.execute(
        f"""insert into accounts ({_ACCOUNT}, auth_token) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        account.sid,
        account.friendly_name,
        account.default_service_sid,
        account.default_messaging_service_sid,
        account.default_inactive_timer,
        account.default_closed_timer,
        account.created_at,
        account.updated_at,
        token,
    )


async def set_auth_token(reading: Reading, sid: str, token: bytes, now: datetime) -> None:
    """Replaces the account's auth token."""
    await reading.execute("update accounts set auth_token = $2, updated_at = $3 where sid = $1", sid, token, now)


async def configure(reading: Reading, sid: str, edit: dict[str, object], now: datetime) -> Account:
    """Changes the account's settings; raises NotFound."""
    row = await reading.fetchrow(
        f"update accounts set updated_at = $2{changes(edit, 2)} where sid = $1 returning {_ACCOUNT}",
        sid,
        now,
        *edit.values(),
    )
    if row is None:
        raise NotFound
    return Account(*row)


async def key_secret(reading: Reading, sid: str) -> tuple[str, bytes] | None:
    """The account of an API key and the key's encrypted secret, or None."""
    row = await reading.fetchrow("select account_sid, secret from api_keys where sid = $1", sid)
    return None if row is None else (row["account_sid"], row["secret"])


async def key_named(reading: Reading, account_sid: str, friendly_name: str) -> str | None:
    """The SID of the account's API key with this name, of several the oldest; None without one."""
    sid: str | None = await reading.fetchval(
        "select sid from api_keys where account_sid = $1 and friendly_name = $2 order by created_at, sid limit 1",
        account_sid,
        friendly_name,
    )
    return sid


async def signer(reading: Reading, sid: str, service_sid: str | None) -> tuple[str, bytes, bool] | None:
    """The account of an API key, the key's encrypted secret, and whether the service is the account's, too; or None."""
    row = await reading.fetchrow(
        """
        select account_sid, secret, exists (
          select from services s where s.sid = $2 and s.account_sid = k.account_sid) as has_service
        from api_keys k where k.sid = $1
        """,
        sid,
        service_sid,
    )
    return None if row is None else (row["account_sid"], row["secret"], row["has_service"])


async def living_keys(reading: Reading, sids: Collection[str]) -> frozenset[str]:
    """Those of *sids* that are API keys."""
    rows = await reading.fetch("select sid from api_keys where sid = any($1::text[])", list(sids))
    return frozenset(row["sid"] for row in rows)


async def insert_key(reading: Reading, key: ApiKey, secret: bytes) -> None:
    """Stores *key*."""
    await reading.execute(
        f"insert into api_keys ({_KEY}, secret) values ($1, $2, $3, $4, $5)",
        key.sid,
        key.account_sid,
        key.friendly_name,
        key.created_at,
        secret,
    )


async def keys(reading: Reading, account_sid: str) -> list[ApiKey]:
    """The account's API keys, the first made first."""
    rows = await reading.fetch(
        f"select {_KEY} from api_keys where account_sid = $1 order by created_at, sid", account_sid
    )
    return [ApiKey(*row) for row in rows]


async def delete_key(reading: Reading, account_sid: str, sid: str) -> None:
    """Revokes the key; raises NotFound if the account has no such key."""
    gone = await reading.fetchval(
        "delete from api_keys where account_sid = $1 and sid = $2 returning sid", account_sid, sid
    )
    if gone is None:
        raise NotFound
