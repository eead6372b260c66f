"""The event feed over HTTP: all facts of the account in order, from any position on, as pages and as a stream."""

import asyncio
from typing import Any

import aiohttp
import asyncpg
import pytest

from parlour.core.sids import Prefix, new_sid
from parlour.observe import feed
from parlour.resources.accounts import actions as accounts
from parlour.runtime import proofs
from parlour.runtime.feed import CursorCodec
from parlour.runtime.follow import FOLLOW
from parlour.storage.log import Cursor
from tests.account_client import AccountClient, basic, new_account
from tests.feed import EVENTS, chain, end, facts, streaming, wait_for_waiters
from tests.server import Parlour, serving

KEYS = {
    "position", "type", "source", "account_sid", "chat_service_sid", "conversation_sid", "request_sid", "identity",
    "webhooks", "payload", "created_at",
}  # fmt: skip


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


async def post(api: AccountClient, conversation: dict[str, Any], body: str = "text") -> dict[str, Any]:
    return await api.made(f"/Conversations/{conversation['sid']}/Messages", Body=body)


async def test_an_event_says_what_happened_and_who_did_it(api: AccountClient) -> None:
    after = await end(api)
    answer = await api.post("/Conversations", FriendlyName="room")
    (event,) = await facts(api, After=after)
    assert set(event) == KEYS
    assert event["type"] == "ConversationAdded"
    assert (event["account_sid"], event["chat_service_sid"]) == (api.account, api.service)
    assert event["conversation_sid"] == answer.row["sid"]
    assert event["request_sid"] == answer.headers["Twilio-Request-Id"]
    assert (event["source"], event["webhooks"], event["identity"]) == ("API", False, None)
    assert event["created_at"].startswith(answer.row["date_created"].removesuffix("Z"))


async def test_a_payload_shows_rows_as_rest_does_below_their_service(api: AccountClient) -> None:
    at = api.in_service(api.service)
    after = await end(api)
    conversation = await at.made("/Conversations", FriendlyName="room", **{"Timers.Inactive": "PT10M"})
    path = f"/Conversations/{conversation['sid']}"
    participant = await at.made(path + "/Participants", Identity="dana", Attributes='{"a": 1}')
    message = await at.made(path + "/Messages", Body="text", Author="dana")
    moved = await at.post(f"{path}/Participants/{participant['sid']}", LastReadMessageIndex=0)
    closed = await at.post(path, State="closed")
    events = await facts(api, After=after)
    user = (await at.get("/Users/dana")).row
    del user["is_notifiable"]

    assert types(events) == [
        "ConversationAdded", "UserAdded", "ParticipantAdded", "MessageAdded", "ParticipantUpdated",
        "ConversationUpdated", "ConversationStateUpdated",
    ]  # fmt: skip
    payloads = [event["payload"] for event in events]
    assert payloads[0] == {"conversation": conversation}
    assert payloads[1]["user"].pop("is_notifiable") is None
    assert payloads[1] == {"user": user}
    assert payloads[2] == {"participant": participant}
    assert payloads[3] == {"message": message}
    assert payloads[4] == {"participant": moved.row, "before": participant}
    assert payloads[5] == {"conversation": closed.row}
    assert payloads[6] == {"conversation": closed.row, "state_from": "active", "reason": "API"}


async def test_what_a_conversation_wakes_up_by_is_told_like_any_other_change_of_its_state(api: AccountClient) -> None:
    conversation = await api.made("/Conversations", State="inactive")
    after = await end(api)
    await post(api, conversation)
    events = await facts(api, After=after)
    assert sorted(types(events)) == ["ConversationStateUpdated", "MessageAdded"]
    (woken,) = [event["payload"] for event in events if event["type"] == "ConversationStateUpdated"]
    assert set(woken) == {"conversation", "state_from", "reason"}
    assert set(woken["conversation"]) == set(conversation)
    assert (woken["conversation"]["state"], woken["state_from"], woken["reason"]) == ("active", "inactive", "EVENT")


async def test_without_a_position_it_begins_with_the_oldest_fact(api: AccountClient) -> None:
    assert types(await facts(api))[-1] == "ServiceAdded"
    assert await facts(api, From="now") == []


async def test_one_goes_on_behind_any_event_and_behind_any_page(api: AccountClient) -> None:
    conversation = await api.made("/Conversations")
    for number in range(5):
        await post(api, conversation, str(number))
    whole = await facts(api, PageSize=1000)
    by_two, _ = await chain(api, PageSize=2)
    assert [event["payload"] for event in by_two] == [event["payload"] for event in whole]
    for number, event in enumerate(whole, start=1):
        rest = await facts(api, After=event["position"], PageSize=1000)
        assert [each["payload"] for each in rest] == [each["payload"] for each in whole[number:]]


async def test_a_page_leads_to_the_next_with_its_filters(api: AccountClient) -> None:
    conversation = await api.made("/Conversations")
    messages = [await post(api, conversation, str(number)) for number in range(3)]
    answer = await api.get(EVENTS, Type=["MessageAdded", "messageadded"], PageSize=2, Wait=0, From="beginning")
    following = [answer]
    while following[-1].json["events"]:
        assert following[-1].meta["next_url"].startswith(f"{api.url}{EVENTS}?")
        following.append(await api.get(following[-1].meta["next_url"]))
    assert [event["payload"]["message"] for page in following for event in page.json["events"]] == [
        (await api.in_service(api.service).get(f"/Conversations/{conversation['sid']}/Messages/{each['sid']}")).row
        for each in messages
    ]
    assert following[0].meta.keys() == {"after", "next_url", "has_more", "key"}
    assert [page.meta["has_more"] for page in following[:2]] == [True, False]


async def test_filters_choose_and_what_they_leave_out_is_not_looked_at_again(api: AccountClient) -> None:
    one, other = await api.made("/Conversations"), await api.made("/Conversations")
    for conversation in (one, other):
        await post(api, conversation)
    assert types(await facts(api, ConversationSid=one["sid"])) == ["ConversationAdded", "MessageAdded"]
    assert types(await facts(api, ConversationSid=one["sid"], Type="MessageAdded")) == ["MessageAdded"]
    assert await facts(api, ChatServiceSid=new_sid(Prefix.SERVICE)) == []
    assert len(await facts(api, ChatServiceSid=api.service)) == len(await facts(api))

    answer = await api.get(EVENTS, Type="UserRemoved", Wait=0)
    assert answer.json["events"] == []
    assert await facts(api, After=answer.meta["after"]) == [], "the position lies behind what was passed over"


async def test_facts_of_another_account_are_not_shown(api: AccountClient, other_api: AccountClient) -> None:
    after = await end(api)
    await other_api.made("/Conversations")
    assert await facts(api, After=after) == []
    refused = await api.get(EVENTS, After=await end(other_api), Wait=0)
    assert refused.refusal == (400, 20001)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("After", "EPabc"),
        ("After", "no position"),
        ("After", "PT12345"),
        ("From", "yesterday"),
        ("Type", "NothingHappened"),
        ("ConversationSid", "room"),
        ("ChatServiceSid", "CH12"),
        ("PageSize", "0"),
        ("Wait", "-1"),
    ],
)
async def test_a_wrong_parameter_is_named(api: AccountClient, name: str, value: str) -> None:
    answer = await api.get(EVENTS, **{"Wait": 0, name: value})
    assert answer.refusal == (400, 20001)
    assert answer.message == f"Invalid parameter {name}"


async def test_a_position_that_was_altered_is_refused(api: AccountClient) -> None:
    position = await end(api)
    altered = position[:-1] + ("A" if position[-1] != "A" else "Q")
    assert (await api.get(EVENTS, After=altered + "AAAA", Wait=0)).refusal == (400, 20001)


async def test_only_get_is_there_and_only_for_who_proves_who_he_is(api: AccountClient) -> None:
    assert (await api.post(EVENTS)).refusal == (405, 20004)
    answer = await api.send("GET", EVENTS, headers={"Authorization": basic(api.account, "wrong")})
    assert answer.refusal == (401, 20003)


async def test_an_answer_is_held_back_until_something_is_committed(api: AccountClient) -> None:
    after = await end(api)
    waiting = asyncio.create_task(api.get(EVENTS, After=after, Wait=55))
    await wait_for_waiters(api, 1)
    conversation = await api.made("/Conversations")
    (event,) = (await waiting).json["events"]
    assert event["conversation_sid"] == conversation["sid"]

    waiting = asyncio.create_task(api.get(EVENTS, After=event["position"], Wait=55))
    await wait_for_waiters(api, 1)
    await post(api, conversation)
    assert types((await waiting).json["events"]) == ["MessageAdded"]


async def test_an_answer_without_events_comes_after_the_time_that_was_asked_for(api: AccountClient) -> None:
    after = await end(api)
    began = asyncio.get_running_loop().time()
    answer = await api.get(EVENTS, After=after, Wait=1)
    assert answer.json["events"] == []
    assert 1 <= asyncio.get_running_loop().time() - began < 5


async def test_who_waits_asks_the_database_once_and_once_more_when_woken(
    api: AccountClient, other_api: AccountClient
) -> None:
    after = await end(api)
    await api.get("/Conversations")
    with api.statements() as sent:
        waiting = [asyncio.create_task(api.get(EVENTS, After=after, Wait=55)) for _ in range(10)]
        await wait_for_waiters(api, 10)
        await other_api.made("/Conversations")
        await api.made("/Conversations")
        for answer in await asyncio.gather(*waiting):
            assert types(answer.json["events"]) == ["ConversationAdded"]
    assert 2 <= len([sql for sql in sent if "log_horizons" in sql]) <= 8, "those at one place share their statements"


async def test_what_nobody_was_woken_for_is_found_all_the_same(api: AccountClient, database_url: str) -> None:
    """As when another process writes whose word on the bus was lost."""
    after = await end(api)
    waiting = asyncio.create_task(api.get(EVENTS, After=after, Wait=55))
    await wait_for_waiters(api, 1)
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "insert into events (service_sid, id, account_sid, type, source, audiences, payload, created_at)"
        " values ($1, nextval('event_ids'), $2, 'SomethingNew', 'API', 0, '{\"secret\": 1}', now())",
        api.service,
        api.account,
    )
    await connection.close()
    api.parlour.inside.signals.wake(FOLLOW)
    (event,) = (await waiting).json["events"]
    assert (event["type"], event["payload"]) == ("SomethingNew", {}), "nothing is shown that nobody has declared"


async def test_while_nobody_waits_nothing_is_looked_for(api: AccountClient) -> None:
    await wait_for_waiters(api, 0)
    sent: list[str] = []
    api.parlour.inside.database.on_statement = sent.append
    assert await api.parlour.inside.follower.run_once() is False
    api.parlour.inside.database.on_statement = None
    assert [sql for sql in sent if "pg_current_snapshot" in sql and "unnest" in sql] == []


async def test_a_caller_who_goes_away_is_waited_for_no_longer(api: AccountClient) -> None:
    after = await end(api)
    waiting = asyncio.create_task(api.get(EVENTS, After=after, Wait=55))
    await wait_for_waiters(api, 1)
    waiting.cancel()
    await wait_for_waiters(api, 0)


async def test_a_position_whose_facts_are_gone_is_refused(api: AccountClient) -> None:
    gone = CursorCodec(api.parlour.inside.vault.key).encode(api.account, Cursor("99999999999:99999999999:"))
    answer = await api.get(EVENTS, After=gone, Wait=0)
    assert answer.refusal == (410, 20410)
    headers = {"Accept": "text/event-stream", "Last-Event-ID": gone}
    assert (await api.send("GET", EVENTS, headers=headers)).refusal == (410, 20410)


async def test_a_stream_gives_what_there_is_and_then_what_comes(api: AccountClient) -> None:
    conversation = await api.made("/Conversations")
    told = await facts(api)
    async with streaming(api) as stream:
        first = await stream.events(len(told))
        assert [block.event for block in first] == types(told)
        assert [block.json["payload"] for block in first] == [event["payload"] for event in told]
        assert all(block.json["position"] == block.id for block in first)
        for number in range(3):
            message = await post(api, conversation, str(number))
            (block,) = await stream.events(1)
            assert block.event == "MessageAdded"
            assert block.json["payload"]["message"]["sid"] == message["sid"]
    await wait_for_waiters(api, 0)


async def test_a_stream_goes_on_behind_the_last_event_whatever_its_url_says(api: AccountClient) -> None:
    conversation = await api.made("/Conversations")
    before = await end(api)
    messages = [await post(api, conversation, str(number)) for number in range(4)]
    async with streaming(api, After=before, Type="MessageAdded", PageSize=1) as stream:
        blocks = await stream.events(2)
    async with streaming(api, After=before, last=blocks[-1].id) as stream:
        blocks += await stream.events(2)
    assert [block.json["payload"]["message"]["sid"] for block in blocks] == [each["sid"] for each in messages]


async def test_a_stream_without_events_lives_and_says_how_far_it_is(
    api: AccountClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "HEARTBEAT_SECONDS", 0.01)
    conversation = await api.made("/Conversations")
    async with streaming(api, From="now", Type="UserAdded") as stream:
        await stream.block()
        await post(api, conversation)
        async with asyncio.timeout(60):  # some of the first may have been on their way before the message was
            while True:
                block = await stream.block()
                assert block is not None
                assert (block.data, block.comment) == ("", "so far")
                if await facts(api, After=block.id) == []:
                    break


async def test_a_stream_ends_when_its_credential_is_revoked(
    api: AccountClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(proofs, "TTL_SECONDS", 0.0)
    inside = api.parlour.inside
    key, secret = await accounts.create_key(inside, api.account, "a pipeline")
    with_key = AccountClient(api.parlour, key.sid, secret, api.service)
    async with streaming(with_key, From="now") as stream:
        await stream.block()
        await accounts.delete_key(inside, api.account, key.sid)
        block = await stream.event()
        assert block is not None
        assert (block.event, block.json["code"]) == ("refusal", 20003)
        assert await stream.event() is None


async def test_a_slow_reader_is_waited_for_and_then_gets_everything(api: AccountClient) -> None:
    conversation = await api.made("/Conversations")
    after = await end(api)
    body = "x" * 30_000
    await asyncio.gather(*(post(api, conversation, body) for _ in range(600)))
    with api.statements() as sent:
        async with streaming(api, After=after, PageSize=10) as stream:
            for _ in range(100):
                await api.get("/Conversations")
            read = len([sql for sql in sent if "log_horizons" in sql])
            assert 1 <= read < 50, "18 MB were not read ahead"
            indices = [block.json["payload"]["message"]["index"] for block in await stream.events(600)]
            assert indices == list(range(600))


async def test_who_waits_is_answered_and_streams_end_when_the_server_stops(
    database_url: str, client: aiohttp.ClientSession
) -> None:
    async with serving(database_url) as stopping:
        api = await _account_at(stopping, client)
        after = await end(api)
        waiting = asyncio.create_task(api.get(EVENTS, After=after, Wait=55))
        await wait_for_waiters(api, 1)
        stream_reader = asyncio.create_task(_to_its_end(api, client, after))
        await wait_for_waiters(api, 2)
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 5
    assert (await waiting).json["events"] == []
    assert await stream_reader == 0


@pytest.fixture
async def client() -> Any:
    async with aiohttp.ClientSession() as session:
        yield session


async def _account_at(parlour: Parlour, client: aiohttp.ClientSession) -> AccountClient:
    """An account of that server, asked through a client that outlives it."""
    parlour.client = client
    return await new_account(parlour)


async def _to_its_end(api: AccountClient, client: aiohttp.ClientSession, after: str) -> int:
    """How many events a stream still gives until its end."""
    number = 0
    async with streaming(api, client=client, After=after) as stream:
        while await stream.event() is not None:
            number += 1
    return number
