"""How long a session lives: as its token, its key and its user do, by parlour's clock."""

import asyncio
from datetime import timedelta

import pytest

from parlour.resources.accounts.actions import delete_key
from tests.access_tokens import new_key, token_for
from tests.account_client import AccountClient, new_account
from tests.server import MovableClock, serving
from tests.twilsock import Packet, Twilsock, connected, dialled


def turn(api: AccountClient) -> None:
    """The server looks at the time."""
    api.parlour.sockets.turn(asyncio.get_running_loop().time())


async def told(client: Twilsock, method: str) -> Packet:
    return await client.taken(lambda packet: packet.method == method, why=method)


async def test_a_client_is_warned_once_and_then_told_to_go(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    token = await token_for(api, "alice", exp=int(clock.now().timestamp()) + 3600)
    async with connected(api.parlour, token) as client:
        clock.advance(timedelta(seconds=3419))
        turn(api)
        assert not client.waiting
        clock.advance(timedelta(seconds=2))
        turn(api)
        turn(api)
        assert (await told(client, "client_update")).header["client_update_type"] == "token_about_to_expire"
        await client.nothing_more()
        clock.advance(timedelta(seconds=180))
        turn(api)
        assert (await told(client, "close")).status == 410
        later = asyncio.get_running_loop().time() + 6
        api.parlour.sockets.turn(later)
        assert await client.closed() == 1000, "it did not go by itself"
        assert not api.parlour.sockets.sessions


async def test_a_short_token_warns_by_a_tenth_of_its_life(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    now = int(clock.now().timestamp())
    async with connected(api.parlour, await token_for(api, "alice", iat=now - 100, exp=now + 500)) as client:
        clock.advance(timedelta(seconds=438))
        turn(api)
        await client.nothing_more()
        clock.advance(timedelta(seconds=3))
        turn(api)
        await told(client, "client_update")


async def test_a_new_token_prolongs_the_session(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    async with connected(api.parlour, await token_for(api, "alice")) as client:
        clock.advance(timedelta(seconds=3500))
        turn(api)
        await told(client, "client_update")
        assert (await client.update(await token_for(api, "alice"))).status == 200
        clock.advance(timedelta(seconds=200))
        turn(api)
        await client.nothing_more()
        clock.advance(timedelta(seconds=3300))
        turn(api)
        await told(client, "client_update")


@pytest.mark.parametrize("whose", ["bob", "garbage", None, 5])
async def test_no_other_token_will_do(api: AccountClient, whose: object) -> None:
    token = await token_for(api, "bob") if whose == "bob" else whose
    async with connected(api.parlour, await token_for(api, "alice")) as client:
        refused = await client.ask({"method": "update", "token": token})
        assert (refused.status, refused.error_code) == (401, 20106 if whose == "bob" else 20101)
        assert (await client.get("/Client/v2/Configuration")).row["identity"] == "alice"


async def test_nor_one_of_another_account(api: AccountClient, other_api: AccountClient) -> None:
    async with connected(api.parlour, await token_for(api, "alice")) as client:
        refused = await client.update(await token_for(other_api, "alice"))
        assert (refused.status, refused.error_code) == (401, 20106)


async def test_sessions_end_with_the_key_that_their_token_was_signed_with(api: AccountClient) -> None:
    gone, other = await new_key(api), await new_key(api)
    alice, bob = await token_for(api, "alice", key=gone), await token_for(api, "bob", key=gone)
    async with connected(api.parlour, alice) as client, connected(api.parlour, bob) as renewed:
        assert (await renewed.update(await token_for(api, "bob", key=other))).status == 200
        await delete_key(api.parlour.inside, api.account, gone[0])
        await api.parlour.sockets.revoke()
        assert (await told(client, "close")).status == 401
        assert (await renewed.get("/Client/v2/Configuration")).status == 200


async def test_sessions_end_with_their_user(api: AccountClient) -> None:
    async with connected(api.parlour, await token_for(api, "alice")) as client:
        await api.parlour.sockets.revoke()
        await client.nothing_more()
        await api.delete("/Users/alice")
        assert (await client.delete("/Client/v2/Conversations/CH1")).refusal == (403, 50107)
        await api.parlour.sockets.revoke()
        assert (await told(client, "close")).status == 401


async def test_a_virtual_clock_that_is_moved_ends_tokens(database_url: str) -> None:
    async with serving(database_url, clock="virtual") as parlour:
        api = await new_account(parlour)
        made = parlour.inside.clock.now()
        token = await token_for(api, "alice", iat=int(made.timestamp()), exp=int(made.timestamp()) + 3600)
        async with connected(parlour, token) as client:
            await api.post("/parlour/v1/Clock", Advance="PT59M")
            await told(client, "client_update")
            await api.post("/parlour/v1/Clock", Advance="PT2M")
            assert (await told(client, "close")).status == 410
        async with dialled(parlour) as client:
            reply = await client.log_in(token)
            assert (reply.status, reply.error_code) == (401, 20104)
