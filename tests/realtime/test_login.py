"""Logging in: how many may, what clients are told, and what the server says to those that are no JS SDK."""

import asyncio
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from parlour.realtime import login
from tests.access_tokens import token_for
from tests.account_client import AccountClient
from tests.metrics import scraped, total
from tests.twilsock import MESSAGE_TYPES, connected, dialled, written

NATIVE = {"sdk": "Android", "sdkv": "6.1.0"}


async def test_one_user_has_several_devices(api: AccountClient) -> None:
    token = await token_for(api, "alice")
    async with connected(api.parlour, token) as phone, connected(api.parlour, token) as laptop:
        names = {(await each.get("/Client/v2/Configuration")).row["identity"] for each in (phone, laptop)}
        assert names == {"alice"}
        assert len(api.parlour.sockets.sessions) == 2
    async with connected(api.parlour, token) as back:
        await back.get("/Client/v2/Configuration")


async def test_but_not_too_many(api: AccountClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.parlour.sockets, "_most_each", 1)
    token = await token_for(api, "alice")
    async with connected(api.parlour, token), dialled(api.parlour) as second:
        refused = await second.log_in(token)
        assert refused.status == 429
        assert 2000 <= refused.json["backoff_policy"]["reconnect_min_ms"] <= 12_000
        async with connected(api.parlour, await token_for(api, "bob")):
            pass
    async with connected(api.parlour, token):
        pass


async def test_a_process_has_so_many_sockets_at_most(api: AccountClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.parlour.sockets, "_most", 1)
    async with connected(api.parlour, await token_for(api, "alice")):
        with pytest.raises(InvalidStatus) as refused:
            async with dialled(api.parlour):
                pass
        assert refused.value.response.status_code == 503
        assert (await api.get("/Users")).status == 200


async def test_log_ins_wait_for_their_turn_but_not_for_ever(
    api: AccountClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login, "PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr(api.parlour.sockets._log_ins, "_turns", asyncio.Semaphore(0))
    async with dialled(api.parlour) as client:
        assert (await client.log_in(await token_for(api, "alice"))).status == 429


async def test_a_second_log_in_on_one_socket_is_ignored(api: AccountClient) -> None:
    token = await token_for(api, "alice")
    async with connected(api.parlour, token) as client:
        await client.send(written({"method": "init", "id": "again", "token": await token_for(api, "bob")}))
        assert (await client.get("/Client/v2/Configuration")).row["identity"] == "alice"


async def test_a_refused_client_is_not_heard_any_more(api: AccountClient) -> None:
    async with dialled(api.parlour) as client:
        assert (await client.log_in("no token")).error_code == 20101
        await client.send(written({"method": "init", "id": "again", "token": await token_for(api, "alice")}))
        later = asyncio.get_running_loop().time() + 6
        await (await client.connection.ping())
        assert not api.parlour.sockets.sessions
        api.parlour.sockets.turn(later)
        assert await client.closed() == 1000


async def test_native_clients_get_all_that_replies_can_say(api: AccountClient) -> None:
    async with dialled(api.parlour) as client:
        reply = await client.log_in(await token_for(api, "alice"), metadata=NATIVE)
        (registration,) = reply.header["init_registrations"]
        assert registration["message_types"] == sorted(MESSAGE_TYPES)
        answer = await client.get("/Client/v2/Configuration")
        header = answer.packet.header
        assert header["http_headers"]["content-type"] == "application/json"
        assert header["http_headers"]["twilio-request-id"].startswith("RQ")
        assert header["payload_type"] == "application/json"


async def test_a_continuation_token_is_one_of_a_user(api: AccountClient) -> None:
    async def continued(identity: str, token: str | None) -> tuple[str, dict[str, Any]]:
        async with dialled(api.parlour) as client:
            reply = await client.log_in(await token_for(api, identity), continuation_token=token)
            return reply.header["continuation_token"], reply.header["continuation_token_status"]

    first, status = await continued("alice", None)
    assert (status["reissued"], status["reissue_reason"]) == (True, "MISSING")
    assert await continued("alice", first) == (first, {"reissued": False})
    other, status = await continued("bob", first)
    assert (status["reissued"], status["reissue_reason"]) == (True, "DIFFERENT_IDENTITY")
    assert other != first


ODD: list[dict[str, Any]] = [
    {"metadata": 5},
    {"metadata": {"sdk": [], "sdkv": {}}},
    {"registrations": "all"},
    {"registrations": [5, {"message_types": [5]}]},
    {"continuation_token": [1]},
    {"capabilities": None},
]


@pytest.mark.parametrize("odd", ODD)
async def test_what_a_client_says_of_itself_may_be_anything(api: AccountClient, odd: dict[str, Any]) -> None:
    async with dialled(api.parlour) as client:
        token = await token_for(api, "alice")
        assert (await client.ask({"method": "init", "token": token, **odd})).status == 200


async def test_log_ins_are_counted(api: AccountClient) -> None:
    before = await scraped(api)
    async with connected(api.parlour, await token_for(api, "alice"), metadata=NATIVE) as client:
        await client.get("/Client/v2/Configuration")
        await client.get("/Client/v2/Nothing")
        async with dialled(api.parlour) as refused:
            await refused.log_in("no token")
        now = await scraped(api)

    def more(name: str, **labels: str) -> float:
        return total(now, name, **labels) - total(before, name, **labels)

    assert more("parlour_socket_log_ins_total", status="200") == 1
    assert more("parlour_socket_log_ins_total", status="401", code="20101") == 1
    assert more("parlour_socket_sessions_total", sdk="Android", version="6.1.0") == 1
    assert more("parlour_socket_packets_total", method="init") == 2
    place = "GET /Client/v2/Configuration"
    assert more("parlour_socket_requests_total", place=place, status="200") == 1
    assert more("parlour_socket_request_duration_seconds_count", place=place) == 1
    assert more("parlour_socket_requests_total", place="", status="404", code="20404") == 1
    assert total(now, "parlour_sockets", state="session") == 1
