"""The event feed over HTTP: all facts of the account in order, from any position on, as pages and as a stream."""

import asyncio
from typing import Any

import aiohttp
import asyncpg
import pytest

from parlour.core.sids import Prefix, new_sid
from parlour.http import authenticate
from parlour.resources.accounts import actions as accounts
from parlour.rest import feed
from parlour.runtime.feed import LOOKOUT, Positions
from parlour.storage.log import LogPosition
from tests.feed import EVENTS, chain, end, facts, streaming, wait_for_waiters
from tests.house import House, basic, new_house
from tests.server import Parlour, serving

KEYS = {
    "position", "type", "source", "account_sid", "chat_service_sid", "conversation_sid", "request_sid", "identity",
    "webhooks", "payload", "created_at",
}  # fmt: skip


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


async def post(house: House, conversation: dict[str, Any], body: str = "text") -> dict[str, Any]:
    return await house.made(f"/Conversations/{conversation['sid']}/Messages", Body=body)


async def test_an_event_says_what_happened_and_who_did_it(house: House) -> None:
    after = await end(house)
    answer = await house.post("/Conversations", FriendlyName="room")
    (event,) = await facts(house, After=after)
    assert set(event) == KEYS
    assert event["type"] == "ConversationAdded"
    assert (event["account_sid"], event["chat_service_sid"]) == (house.account, house.service)
    assert event["conversation_sid"] == answer.row["sid"]
    assert event["request_sid"] == answer.headers["Twilio-Request-Id"]
    assert (event["source"], event["webhooks"], event["identity"]) == ("API", False, None)
    assert event["created_at"].startswith(answer.row["date_created"].removesuffix("Z"))


async def test_a_payload_shows_rows_as_rest_does_below_their_service(house: House) -> None:
    at = house.in_service(house.service)
    after = await end(house)
    conversation = await at.made("/Conversations", FriendlyName="room", **{"Timers.Inactive": "PT10M"})
    path = f"/Conversations/{conversation['sid']}"
    participant = await at.made(path + "/Participants", Identity="dana", Attributes='{"a": 1}')
    message = await at.made(path + "/Messages", Body="text", Author="dana")
    moved = await at.post(f"{path}/Participants/{participant['sid']}", LastReadMessageIndex=0)
    closed = await at.post(path, State="closed")
    events = await facts(house, After=after)
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


async def test_what_a_conversation_wakes_up_by_is_told_like_any_other_change_of_its_state(house: House) -> None:
    conversation = await house.made("/Conversations", State="inactive")
    after = await end(house)
    await post(house, conversation)
    events = await facts(house, After=after)
    assert sorted(types(events)) == ["ConversationStateUpdated", "MessageAdded"]
    (woken,) = [event["payload"] for event in events if event["type"] == "ConversationStateUpdated"]
    assert set(woken) == {"conversation", "state_from", "reason"}
    assert set(woken["conversation"]) == set(conversation)
    assert (woken["conversation"]["state"], woken["state_from"], woken["reason"]) == ("active", "inactive", "EVENT")


async def test_without_a_position_it_begins_with_the_oldest_fact(house: House) -> None:
    assert types(await facts(house))[-1] == "ServiceAdded"
    assert await facts(house, From="now") == []


async def test_one_goes_on_behind_any_event_and_behind_any_page(house: House) -> None:
    conversation = await house.made("/Conversations")
    for number in range(5):
        await post(house, conversation, str(number))
    whole = await facts(house, PageSize=1000)
    by_two, _ = await chain(house, PageSize=2)
    assert [event["payload"] for event in by_two] == [event["payload"] for event in whole]
    for number, event in enumerate(whole, start=1):
        rest = await facts(house, After=event["position"], PageSize=1000)
        assert [each["payload"] for each in rest] == [each["payload"] for each in whole[number:]]


async def test_a_page_leads_to_the_next_with_its_filters(house: House) -> None:
    conversation = await house.made("/Conversations")
    messages = [await post(house, conversation, str(number)) for number in range(3)]
    answer = await house.get(EVENTS, Type=["MessageAdded", "messageadded"], PageSize=2, Wait=0, From="beginning")
    following = [answer]
    while following[-1].json["events"]:
        assert following[-1].meta["next_url"].startswith(f"{house.url}{EVENTS}?")
        following.append(await house.get(following[-1].meta["next_url"]))
    assert [event["payload"]["message"] for page in following for event in page.json["events"]] == [
        (await house.in_service(house.service).get(f"/Conversations/{conversation['sid']}/Messages/{each['sid']}")).row
        for each in messages
    ]
    assert following[0].meta.keys() == {"after", "next_url", "has_more", "key"}
    assert [page.meta["has_more"] for page in following[:2]] == [True, False]


async def test_filters_choose_and_what_they_leave_out_is_not_looked_at_again(house: House) -> None:
    one, other = await house.made("/Conversations"), await house.made("/Conversations")
    for conversation in (one, other):
        await post(house, conversation)
    assert types(await facts(house, ConversationSid=one["sid"])) == ["ConversationAdded", "MessageAdded"]
    assert types(await facts(house, ConversationSid=one["sid"], Type="MessageAdded")) == ["MessageAdded"]
    assert await facts(house, ChatServiceSid=new_sid(Prefix.SERVICE)) == []
    assert len(await facts(house, ChatServiceSid=house.service)) == len(await facts(house))

    answer = await house.get(EVENTS, Type="UserRemoved", Wait=0)
    assert answer.json["events"] == []
    assert await facts(house, After=answer.meta["after"]) == [], "the position lies behind what was passed over"


async def test_facts_of_another_account_are_not_shown(house: House, other_house: House) -> None:
    after = await end(house)
    await other_house.made("/Conversations")
    assert await facts(house, After=after) == []
    refused = await house.get(EVENTS, After=await end(other_house), Wait=0)
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
async def test_a_wrong_parameter_is_named(house: House, name: str, value: str) -> None:
    answer = await house.get(EVENTS, **{"Wait": 0, name: value})
    assert answer.refusal == (400, 20001)
    assert answer.message == f"Invalid parameter {name}"


async def test_a_position_that_was_altered_is_refused(house: House) -> None:
    position = await end(house)
    altered = position[:-1] + ("A" if position[-1] != "A" else "Q")
    assert (await house.get(EVENTS, After=altered + "AAAA", Wait=0)).refusal == (400, 20001)


async def test_only_get_is_there_and_only_for_who_proves_who_he_is(house: House) -> None:
    assert (await house.post(EVENTS)).refusal == (405, 20004)
    answer = await house.send("GET", EVENTS, headers={"Authorization": basic(house.account, "wrong")})
    assert answer.refusal == (401, 20003)


async def test_an_answer_is_held_back_until_something_is_committed(house: House) -> None:
    after = await end(house)
    waiting = asyncio.create_task(house.get(EVENTS, After=after, Wait=55))
    await wait_for_waiters(house, 1)
    conversation = await house.made("/Conversations")
    (event,) = (await waiting).json["events"]
    assert event["conversation_sid"] == conversation["sid"]

    waiting = asyncio.create_task(house.get(EVENTS, After=event["position"], Wait=55))
    await wait_for_waiters(house, 1)
    await post(house, conversation)
    assert types((await waiting).json["events"]) == ["MessageAdded"]


async def test_an_answer_without_events_comes_after_the_time_that_was_asked_for(house: House) -> None:
    after = await end(house)
    began = asyncio.get_running_loop().time()
    answer = await house.get(EVENTS, After=after, Wait=1)
    assert answer.json["events"] == []
    assert 1 <= asyncio.get_running_loop().time() - began < 5


async def test_who_waits_asks_the_database_once_and_once_more_when_woken(house: House, other_house: House) -> None:
    after = await end(house)
    await house.get("/Conversations")
    with house.statements() as sent:
        waiting = [asyncio.create_task(house.get(EVENTS, After=after, Wait=55)) for _ in range(10)]
        await wait_for_waiters(house, 10)
        await other_house.made("/Conversations")
        await house.made("/Conversations")
        for answer in await asyncio.gather(*waiting):
            assert types(answer.json["events"]) == ["ConversationAdded"]
    assert 2 <= len([sql for sql in sent if "log_horizons" in sql]) <= 8, "those at one place share their statements"


async def test_what_nobody_was_woken_for_is_found_by_the_lookout(house: House, database_url: str) -> None:
    """As when another process writes whose word on the bus was lost."""
    after = await end(house)
    waiting = asyncio.create_task(house.get(EVENTS, After=after, Wait=55))
    await wait_for_waiters(house, 1)
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "insert into events (service_sid, id, account_sid, type, source, webhooks, payload, created_at)"
        " values ($1, nextval('event_ids'), $2, 'SomethingNew', 'API', false, '{\"secret\": 1}', now())",
        house.service,
        house.account,
    )
    await connection.close()
    house.parlour.inside.call(LOOKOUT)
    (event,) = (await waiting).json["events"]
    assert (event["type"], event["payload"]) == ("SomethingNew", {}), "nothing is shown that nobody has declared"


async def test_while_nobody_waits_nothing_is_looked_for(house: House) -> None:
    await wait_for_waiters(house, 0)
    sent: list[str] = []
    house.parlour.inside.database.on_statement = sent.append
    loop = house.parlour.inside.loops[LOOKOUT]
    assert await loop._turn() is False
    house.parlour.inside.database.on_statement = None
    assert [sql for sql in sent if "pg_current_snapshot" in sql and "unnest" in sql] == []


async def test_a_caller_who_goes_away_is_waited_for_no_longer(house: House) -> None:
    after = await end(house)
    waiting = asyncio.create_task(house.get(EVENTS, After=after, Wait=55))
    await wait_for_waiters(house, 1)
    waiting.cancel()
    await wait_for_waiters(house, 0)


async def test_a_position_whose_facts_are_gone_is_refused(house: House) -> None:
    gone = Positions(house.parlour.inside.vault.key).seal(house.account, LogPosition("99999999999:99999999999:"))
    answer = await house.get(EVENTS, After=gone, Wait=0)
    assert answer.refusal == (410, 20410)
    headers = {"Accept": "text/event-stream", "Last-Event-ID": gone}
    assert (await house.send("GET", EVENTS, headers=headers)).refusal == (410, 20410)


async def test_a_stream_gives_what_there_is_and_then_what_comes(house: House) -> None:
    conversation = await house.made("/Conversations")
    told = await facts(house)
    async with streaming(house) as stream:
        first = await stream.events(len(told))
        assert [block.event for block in first] == types(told)
        assert [block.json["payload"] for block in first] == [event["payload"] for event in told]
        assert all(block.json["position"] == block.id for block in first)
        for number in range(3):
            message = await post(house, conversation, str(number))
            (block,) = await stream.events(1)
            assert block.event == "MessageAdded"
            assert block.json["payload"]["message"]["sid"] == message["sid"]
    await wait_for_waiters(house, 0)


async def test_a_stream_goes_on_behind_the_last_event_whatever_its_url_says(house: House) -> None:
    conversation = await house.made("/Conversations")
    before = await end(house)
    messages = [await post(house, conversation, str(number)) for number in range(4)]
    async with streaming(house, After=before, Type="MessageAdded", PageSize=1) as stream:
        blocks = await stream.events(2)
    async with streaming(house, After=before, last=blocks[-1].id) as stream:
        blocks += await stream.events(2)
    assert [block.json["payload"]["message"]["sid"] for block in blocks] == [each["sid"] for each in messages]


async def test_a_stream_without_events_lives_and_says_how_far_it_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "HEARTBEAT", 0.01)
    conversation = await house.made("/Conversations")
    async with streaming(house, From="now", Type="UserAdded") as stream:
        await stream.block()
        await post(house, conversation)
        blocks = [await stream.block() for _ in range(3)]
    positions = [block.id for block in blocks if block is not None and (block.data, block.comment) == ("", "so far")]
    assert len(positions) == 3
    assert await facts(house, After=positions[-1]) == []


async def test_a_stream_ends_when_its_credential_is_revoked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "HEARTBEAT", 0.01)
    monkeypatch.setattr(authenticate, "LIFETIME", 0.0)
    inside = house.parlour.inside
    key, secret = await accounts.create_key(inside, house.account, "a pipeline")
    with_key = House(house.parlour, key.sid, secret, house.service)
    async with streaming(with_key, From="now") as stream:
        await stream.block()
        await accounts.delete_key(inside, house.account, key.sid)
        block = await stream.event()
        assert block is not None
        assert (block.event, block.json["code"]) == ("refusal", 20003)
        assert await stream.event() is None


async def test_a_slow_reader_is_waited_for_and_then_gets_everything(house: House) -> None:
    conversation = await house.made("/Conversations")
    after = await end(house)
    body = "x" * 30_000
    await asyncio.gather(*(post(house, conversation, body) for _ in range(600)))
    with house.statements() as sent:
        async with streaming(house, After=after, PageSize=10) as stream:
            for _ in range(100):
                await house.get("/Conversations")
            read = len([sql for sql in sent if "log_horizons" in sql])
            assert 1 <= read < 50, "18 MB were not read ahead"
            indices = [block.json["payload"]["message"]["index"] for block in await stream.events(600)]
            assert indices == list(range(600))


async def test_who_waits_is_answered_and_streams_end_when_the_server_stops(
    database_url: str, client: aiohttp.ClientSession
) -> None:
    async with serving(database_url) as stopping:
        house = await _house_at(stopping, client)
        after = await end(house)
        waiting = asyncio.create_task(house.get(EVENTS, After=after, Wait=55))
        await wait_for_waiters(house, 1)
        stream_reader = asyncio.create_task(_to_its_end(house, client, after))
        await wait_for_waiters(house, 2)
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 5
    assert (await waiting).json["events"] == []
    assert await stream_reader == 0


@pytest.fixture
async def client() -> Any:
    async with aiohttp.ClientSession() as session:
        yield session


async def _house_at(parlour: Parlour, client: aiohttp.ClientSession) -> House:
    """A house of that server, asked through a client that outlives it."""
    parlour.client = client
    return await new_house(parlour)


async def _to_its_end(house: House, client: aiohttp.ClientSession, after: str) -> int:
    """How many events a stream still gives until its end."""
    number = 0
    async with streaming(house, client=client, After=after) as stream:
        while await stream.event() is not None:
            number += 1
    return number
