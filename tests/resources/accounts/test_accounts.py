"""Accounts and API keys: they are born whole, their secrets are stored encrypted, and the first one is made once."""

import asyncio

import pytest

from parlour.core.errors import NotFound
from parlour.core.sids import Prefix, new_sid
from parlour.resources.accounts import actions as accounts
from parlour.resources.services.actions import first_account, open_account
from parlour.runtime.node import Node
from tests.account_client import AccountClient
from tests.database import migrated_database
from tests.server import serving


@pytest.fixture
def inside(api: AccountClient) -> Node:
    return api.parlour.inside


async def stored(inside: Node, table: str, column: str, sid: str) -> bytes:
    async with inside.database.session() as reading:
        secret: bytes = await reading.fetchval(f"select {column} from {table} where sid = $1", sid)
    return secret


async def test_an_account_is_born_with_a_default_service(inside: Node) -> None:
    account, token = await open_account(inside, "a shop")
    assert account.friendly_name == "a shop"
    assert account.default_service_sid is not None
    assert await accounts.auth_token(inside, account.sid) == token
    assert account in await accounts.accounts(inside)


async def test_no_secret_is_stored_readable(inside: Node) -> None:
    account, token = await open_account(inside, "a shop")
    key, secret = await accounts.create_key(inside, account.sid, "till")
    assert token.encode() not in await stored(inside, "accounts", "auth_token", account.sid)
    assert secret.encode() not in await stored(inside, "api_keys", "secret", key.sid)


async def test_keys_are_listed_until_they_are_revoked(inside: Node) -> None:
    account, _ = await open_account(inside, "a shop")
    made = [(await accounts.create_key(inside, account.sid, name))[0] for name in ("till", None)]
    assert await accounts.keys(inside, account.sid) == made
    await accounts.delete_key(inside, account.sid, made[0].sid)
    assert await accounts.keys(inside, account.sid) == made[1:]
    with pytest.raises(NotFound):
        await accounts.delete_key(inside, account.sid, made[0].sid)


async def test_an_unknown_account_has_no_keys_and_no_token(inside: Node) -> None:
    unknown = new_sid(Prefix.ACCOUNT)
    assert await accounts.auth_token(inside, unknown) is None
    with pytest.raises(NotFound):
        await accounts.keys(inside, unknown)
    with pytest.raises(NotFound):
        await accounts.create_key(inside, unknown, None)


async def test_processes_that_start_at_once_agree_on_one_first_account(postgres: str) -> None:
    async with migrated_database(postgres) as url, serving(url) as parlour:
        found = await asyncio.gather(*(first_account(parlour.inside, None, None) for _ in range(5)))
        assert len({account.sid for account, _ in found}) == 1
        assert sorted(is_new for _, is_new in found) == [False] * 4 + [True]
        again, is_new = await first_account(parlour.inside, None, None)
        assert (again.sid, is_new) == (found[0][0].sid, False)


async def test_a_first_account_that_is_named_is_made_if_it_is_missing(postgres: str) -> None:
    async with migrated_database(postgres) as url, serving(url) as parlour:
        oldest, _ = await first_account(parlour.inside, None, None)
        sid, token = new_sid(Prefix.ACCOUNT), "a token of one's own"
        account, is_new = await first_account(parlour.inside, sid, token)
        assert (account.sid, is_new) == (sid, True)
        assert await accounts.authenticate(parlour.inside, sid, token) is not None
        assert (await first_account(parlour.inside, sid, "another one of its own")) == (account, False)
        assert await accounts.authenticate(parlour.inside, sid, token) is None
        assert await accounts.authenticate(parlour.inside, sid, "another one of its own") is not None
        assert (await first_account(parlour.inside, None, None))[0].sid == oldest.sid
