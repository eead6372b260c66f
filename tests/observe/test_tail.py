"""The tail over HTTP: requests, facts and deliveries of the account, live, from every process of the database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from parlour.observe import tail
from parlour.resources.accounts import actions as accounts
from parlour.runtime import proofs
from parlour.runtime.hub import Waiter
from parlour.runtime.live import TAIL as LOOP
from parlour.runtime.live import topic
from tests.account_client import AccountClient, new_account
from tests.feed import Stream, streaming
from tests.receiver import Receiver
from tests.server import serving
from tests.webhooks.conftest import be_asked, loudly, replying
from tests.webhooks.conftest import receiver as receiver
from tests.webhooks.conftest import told as told

TAIL = "/parlour/v1/Tail"


@asynccontextmanager
async def tailing(api: AccountClient, client: aiohttp.ClientSession | None = None) -> AsyncIterator[Stream]:
    """The tail of the account, which has begun."""
    async with streaming(api, of=TAIL, client=client) as stream:
        ready = await stream.event()
        assert ready is not None
        assert (ready.event, ready.json) == ("ready", {"account_sid": api.account})
        yield stream


async def lines(stream: Stream, number: int) -> list[dict[str, Any]]:
    """The next lines, so many."""
    blocks = await stream.events(number)
    assert [block.event for block in blocks] == [block.json["kind"] for block in blocks]
    return [block.json for block in blocks]


async def test_both_facts_of_a_new_state_name_their_conversation(told: AccountClient) -> None:
    sid = (await told.made("/Conversations"))["sid"]
    async with tailing(told) as stream:
        await told.post(f"/Conversations/{sid}", State="inactive")
        events = [line for line in await lines(stream, 3) if line["kind"] == "event"]
    assert [(line["type"], line["subject_sid"]) for line in events] == [
        ("ConversationUpdated", sid),
        ("ConversationStateUpdated", sid),
    ]


async def test_a_call_its_fact_and_its_delivery_come_in_their_order(told: AccountClient, receiver: Receiver) -> None:
    async with tailing(told) as stream:
        answer = await loudly(told, "/Conversations?by=test", FriendlyName="room")
        request, event, delivery = sorted(await lines(stream, 3), key=lambda line: str(line["at"]))
    sid, request_sid = answer.row["sid"], answer.headers["Twilio-Request-Id"]
    assert request.pop("at") <= event.pop("at") <= delivery.pop("at")
    assert 0 < request.pop("milliseconds") < 60_000
    assert request == {
        "kind": "request",
        "method": "POST",
        "path": "/v1/Conversations?by=test",
        "operation": "CreateConversation",
        "status": 201,
        "code": None,
        "request_sid": request_sid,
        "credential_sid": told.account,
    }
    assert event.pop("event_id") > 0
    assert event == {
        "kind": "event",
        "type": "ConversationAdded",
        "source": "API",
        "identity": None,
        "webhooks": True,
        "chat_service_sid": told.service,
        "conversation_sid": sid,
        "subject_sid": sid,
        "request_sid": request_sid,
    }
    assert delivery.pop("delivery_sid").startswith("WD")
    assert delivery.pop("milliseconds") > 0
    assert delivery == {
        "kind": "delivery",
        "event_type": "onConversationAdded",
        "hook": "account",
        "url": receiver.url + "/post?tenant=7",
        "attempt": 0,
        "state": "delivered",
        "status": 200,
        "error": None,
        "verdict": "delivered",
        "date_next_attempt": None,
        "waits_until": None,
        "subject_sid": sid,
        "conversation_sid": sid,
        "request_sid": request_sid,
    }


async def test_a_refusal_and_the_question_that_led_to_it_are_shown(api: AccountClient, receiver: Receiver) -> None:
    await be_asked(api, receiver.url)
    receiver.reply = replying(403)
    async with tailing(api) as stream:
        await loudly(api, "/Conversations")
        request, question = sorted(await lines(stream, 2), key=lambda line: str(line["at"]))
    assert (request["status"], request["code"]) == (403, 50056)
    assert (question["state"], question["verdict"], question["status"]) == ("asked", "refused", 403)
    assert question["request_sid"] == request["request_sid"]


async def test_only_the_own_account_is_shown(api: AccountClient, other_api: AccountClient) -> None:
    async with tailing(api) as stream, tailing(other_api) as others:
        await other_api.made("/Users", Identity="lee")
        await api.made("/Users", Identity="dana")
        mine, theirs = await lines(stream, 2), await lines(others, 2)
    dana, lee = (await api.get("/Users/dana")).row, (await other_api.get("/Users/lee")).row
    assert [line["subject_sid"] for line in mine if line["kind"] == "event"] == [dana["sid"]]
    assert [line["subject_sid"] for line in theirs if line["kind"] == "event"] == [lee["sid"]]
    assert {line["credential_sid"] for line in mine if line["kind"] == "request"} == {api.account}


async def test_while_nobody_looks_on_nothing_is_put_down(api: AccountClient) -> None:
    inside = api.parlour.inside
    async with inside.database.session() as reading:
        await reading.execute("delete from tails")
        inside.live.wanted = frozenset()
        with api.statements() as sent:
            await api.made("/Users", Identity="dana")
        assert not [sql for sql in sent if "tail" in sql]
        sql = "select count(*) from tail_lines where account_sid = $1"
        assert await reading.fetchval(sql, api.account) == 0


async def test_what_another_process_sees_is_passed_on(database_url: str) -> None:
    async with serving(database_url) as one, serving(database_url) as two:
        there, here = await new_account(two), one.inside
        _, seen = await here.live.read(there.account, None)
        waiter = Waiter()
        async with asyncio.timeout(30):
            with here.signals.hub.watching(topic(there.account), waiter):
                await here.live.look_on(there.account)
                here.signals.wake_everywhere(LOOP)
                while there.account not in two.inside.live.wanted:
                    await there.get(there.url + "/healthz")
                await there.made("/Users", Identity="dana")
                await waiter.woken.wait()
        found, seen = await here.live.read(there.account, seen)
        assert [line["path"] for line in found] == ["/v1/Users"]
        assert (await here.live.read(there.account, seen))[0] == []


async def test_a_tail_in_which_nothing_happens_lives(api: AccountClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(tail, "WATCH_TTL_SECONDS", 0.01)
    async with tailing(api) as stream:
        blocks = [await stream.block() for _ in range(3)]
        assert [block.comment for block in blocks if block is not None] == ["still here"] * 3
        await api.made("/Users", Identity="dana")
        assert len(await lines(stream, 2)) == 2


async def test_a_tail_ends_when_its_credential_is_revoked(api: AccountClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(proofs, "TTL_SECONDS", 0.0)
    inside = api.parlour.inside
    key, secret = await accounts.create_key(inside, api.account, "somebody")
    async with streaming(AccountClient(api.parlour, key.sid, secret, api.service), of=TAIL) as stream:
        await stream.event()
        await accounts.delete_key(inside, api.account, key.sid)
        block = await stream.event()
        assert block is not None
        assert (block.event, block.json["code"]) == ("refusal", 20003)
        assert await stream.event() is None


async def test_a_tail_ends_when_the_server_stops(database_url: str) -> None:
    async with aiohttp.ClientSession() as client:
        async with serving(database_url) as stopping:
            api = await new_account(stopping)
            connected = tailing(api, client)
            stream = await connected.__aenter__()
        assert await stream.event() is None
        await connected.__aexit__(None, None, None)


async def test_it_asks_for_credentials(api: AccountClient) -> None:
    answer = await api.send("GET", TAIL, headers={"Authorization": ""})
    assert answer.refusal == (401, 20003)


async def test_what_was_sent_in_vain_is_told_and_not_on_the_wire(api: AccountClient) -> None:
    conversation = await api.made("/v1/Conversations")
    path = f"/v1/Conversations/{conversation['sid']}"
    async with tailing(api) as stream:
        plain = await api.get("/v1/Conversations", PageSize=2)
        slip = await api.post(path, friendlyName="room", Colour="red")
        refused = await api.post(f"{path}/Messages", ContentSid=f"HX{1:032x}", body="x")
        fine, ignored, lacking = await lines(stream, 3)
    assert (plain.status, slip.status, refused.refusal) == (200, 200, (400, 50526))
    assert not {"ignored", "lacking"} & set(fine)
    assert ignored["ignored"] == {"friendlyName": "FriendlyName", "Colour": None}
    assert "lacking" not in ignored
    assert (lacking["ignored"], lacking["lacking"]) == ({"body": "Body"}, {"ContentSid": "Content templates"})
    for answer in (slip, refused):
        assert b"friendlyName" not in answer.body + str(answer.headers).encode()


async def test_hostile_names_are_told_short_few_and_harmless(api: AccountClient) -> None:
    names = ["\x1b[2J\x1b]0;owned\x07", "\u202etxt", "x" * 5000, *(f"P{number}" for number in range(500))]
    async with tailing(api) as stream:
        await api.post("/v1/Users", Identity="dana", **dict.fromkeys(names, "1"))
        (request,) = [line for line in await lines(stream, 2) if line["kind"] == "request"]
    assert len(request["ignored"]) == 16
    assert {"x" * 64, "?[2J?]0;owned?", "?txt"} <= set(request["ignored"])
    assert all(name.isprintable() for name in request["ignored"])
