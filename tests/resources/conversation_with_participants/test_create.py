"""A conversation made with its participants: at once ``initializing``, then complete, as if each had been added."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog

from parlour.storage.transaction import Reading
from tests.account_client import NOT_FOUND, AccountClient, Answer
from tests.conformance.openapi import fetched
from tests.conformance.published import SERVED
from tests.server import MovableClock

pytestmark = pytest.mark.both_forms

HEX = "0123456789abcdef" * 2
PATH = "/ConversationWithParticipants"
START = datetime(2026, 5, 1, 12, tzinfo=UTC)
PAIR = {"address": "+15551230001", "proxy_address": "+15551230002"}
DANA = {"identity": "dana"}
PHONE = {"messaging_binding": PAIR}


async def settled(api: AccountClient, sid: str) -> dict[str, Any]:
    """The conversation when it is not being put together any more."""
    async with asyncio.timeout(30):
        while True:
            row = (await api.get(f"/Conversations/{sid}")).row
            if row["state"] != "initializing":
                return row


async def begun(api: AccountClient, *participants: object, **form: object) -> dict[str, Any]:
    """The answer to a call with these participants, which is under way."""
    answer = await api.post(PATH, Participant=list(participants), **form)
    assert answer.status == 202, answer.body
    return answer.row


async def asked(api: AccountClient, *participants: object, **form: object) -> Answer:
    return await api.post(PATH, Participant=list(participants), **form)


async def test_without_participants_it_is_a_conversation_as_any_other(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze(START)
    answer = await api.post(PATH, FriendlyName="Crew", State="inactive", **{"Timers.Closed": "PT10M"})
    assert answer.status == 201
    made = answer.row
    assert set(made["links"]) == {"participants", "messages", "webhooks"}
    assert (made["state"], made["timers"]) == ("inactive", {"date_closed": "2026-05-01T12:10:00Z"})
    fetched = (await api.get(f"/Conversations/{made['sid']}")).row
    assert fetched.pop("links").keys() - made.pop("links").keys() == {"export"}
    assert fetched == made


async def test_the_answer_shows_it_in_the_making(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze(START)
    answer = await asked(api, DANA, FriendlyName="Crew", UniqueName="crew", Attributes='{"a":1}')
    assert answer.status == 202
    row = answer.row
    url = f"{api.root}/Conversations/{row['sid']}"
    assert row == {
        "sid": row["sid"],
        "account_sid": api.account,
        "chat_service_sid": api.service,
        "messaging_service_sid": row["messaging_service_sid"],
        "friendly_name": "Crew",
        "unique_name": "crew",
        "attributes": '{"a":1}',
        "state": "initializing",
        "date_created": "2026-05-01T12:00:00Z",
        "date_updated": "2026-05-01T12:00:00Z",
        "timers": {},
        "bindings": None,
        "url": url,
        "links": {
            "participants": f"{url}/Participants",
            "messages": f"{url}/Messages",
            "webhooks": f"{url}/Webhooks",
        },
    }
    document = await fetched(api)
    document.check_answer(SERVED["CreateConversationWithParticipants"], answer)
    assert (await settled(api, row["sid"]))["state"] == "active"


async def test_participants_are_as_if_each_had_been_added(api: AccountClient) -> None:
    role = next(each["sid"] for each in await api.listed("/Roles") if each["friendly_name"] == "channel admin")
    made = await begun(
        api,
        {
            **DANA,
            "attributes": '{"a" : 1}',
            "role_sid": role,
            "date_created": "2024-02-29",
            "date_updated": "2024-03-01",
        },
        {**PHONE, "identity": None, "unknown": [1]},
        {"messaging_binding": {"address": "desk@example.org", "proxy_address": None}},
        {"identity": "lee"},
    )
    await settled(api, made["sid"])
    rows = await api.listed(f"/Conversations/{made['sid']}/Participants")
    assert [row["identity"] for row in rows] == ["dana", None, None, "lee"]
    assert [row["messaging_binding"] for row in rows] == [
        None,
        {"type": "sms", **PAIR},
        {"type": "email", "address": "desk@example.org"},
        None,
    ]
    dana = rows[0]
    assert (dana["attributes"], dana["role_sid"]) == ('{"a" : 1}', role)
    assert (dana["date_created"], dana["date_updated"]) == ("2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z")
    await api.made("/Conversations", UniqueName="single")
    alone = await api.made("/Conversations/single/Participants", Identity="lee")
    same = {"attributes", "messaging_binding", "role_sid", "last_read_message_index", "last_read_timestamp"}
    assert {name: rows[3][name] for name in same} == {name: alone[name] for name in same}
    assert sorted(user["identity"] for user in await api.listed("/Users")) == ["dana", "lee"]
    (listed,) = await api.listed("/ParticipantConversations", Identity="dana")
    assert (listed["conversation_sid"], listed["conversation_state"]) == (made["sid"], "active")


@pytest.mark.parametrize("state", ["active", "inactive"])
async def test_timers_start_with_the_state_that_was_asked_for(
    api: AccountClient, clock: MovableClock, state: str
) -> None:
    clock.freeze(START)
    timers = {"Timers.Inactive": "PT1M", "Timers.Closed": "PT10M"}
    async with api.parlour.inside.database.session() as held:
        # Whoever is to be added waits for this lock, which ends with the connection's next statement.
        await held.execute("begin")
        await held.execute("lock table participants in share mode")
        made = await begun(api, DANA, State=state, **timers)
        assert (made["timers"], (await api.get(f"/Conversations/{made['sid']}")).row["state"]) == ({}, "initializing")
        clock.advance(timedelta(hours=1))
        await held.execute("rollback")
    row = await settled(api, made["sid"])
    assert row["state"] == state
    expected = {"date_closed"} | ({"date_inactive"} if state == "active" else set())
    assert set(row["timers"]) == expected


async def test_facts_are_told_in_order_with_what_the_header_said(api: AccountClient) -> None:
    for header, webhooks in [("true", True), ("false", False)]:
        body = f"Participant={json.dumps({'identity': 'dana'})}&Participant={json.dumps({'identity': 'lee'})}"
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Webhook-Enabled": header}
        made = (await api.send("POST", PATH, body.encode(), headers)).row
        await settled(api, made["sid"])
        async with api.parlour.inside.database.session() as reading:
            rows = await reading.fetch(
                "select type, source, audiences, payload from events where service_sid = $1 and conversation_sid = $2 "
                "order by id",
                api.service,
                made["sid"],
            )
        assert [row["type"] for row in rows] == [
            "ConversationAdded",
            "ParticipantAdded",
            "ParticipantAdded",
            "ConversationStateUpdated",
        ]
        assert {(row["source"], bool(row["audiences"] & 1)) for row in rows} == {("API", webhooks)}
        assert rows[0]["payload"]["conversation"]["state"] == "initializing"
        last = rows[-1]["payload"]
        assert (last["state_from"], last["conversation"]["state"], last["reason"]) == (
            "initializing",
            "active",
            "EVENT",
        )


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ("", (400, 50424)),
        ("{", (400, 50424)),
        ("null", (400, 50424)),
        ("[]", (400, 50424)),
        ('"dana"', (400, 50424)),
        ('{"identity": 1}', (400, 50424)),
        ('{"identity": "a\\u0000"}', (400, 50424)),
        ('{"identity": "\\ud800"}', (400, 50424)),
        ('{"identity": "dana", "attributes": {}}', (400, 50424)),
        ('{"messaging_binding": "+15551230001"}', (400, 50424)),
        ('{"messaging_binding": {"address": ["+15551230001"]}}', (400, 50424)),
        ("{}", (400, 50204)),
        ('{"Identity": "dana"}', (400, 50204)),
        ('{"identity": "dana", "attributes": 1e999}', (400, 50424)),
        ('{"identity": ""}', (400, 50204)),
        ('{"identity": "system"}', (400, 50203)),
        ({"identity": f"US{HEX}"}, (400, 50206)),
        ({"identity": "x" * 257}, (400, 50207)),
        ({**DANA, **PHONE}, (400, 50211)),
        ({**DANA, "attributes": "{"}, (400, 50304)),
        ({**DANA, "attributes": json.dumps("x" * 4096)}, (400, 50303)),
        ({**DANA, "date_created": "x"}, (400, 50308)),
        ({**DANA, "date_updated": "x"}, (400, 50309)),
        ({**DANA, "role_sid": f"RL{HEX}"}, (404, 50109)),
        ({"messaging_binding": {"address": "dana"}}, (400, 50407)),
        ({"messaging_binding": {**PAIR, "proxy_address": "no number at all"}}, (400, 50408)),
        ({"messaging_binding": {**PAIR, "proxy_address": PAIR["address"]}}, (400, 50409)),
        ({"messaging_binding": {"proxy_address": "+15551230002"}}, (400, 50411)),
        ({"messaging_binding": {**PAIR, "proxy_address": ""}}, (400, 50412)),
        ({**DANA, "messaging_binding": {"projected_address": ""}}, (400, 50434)),
        ({"messaging_binding": {**PAIR, "proxy_address": "whatsapp:+15551230002"}}, (400, 50414)),
        (DANA, (409, 50433)),
        (PHONE, (409, 50425)),
    ],
)
async def test_one_wrong_participant_and_nothing_is_made(
    api: AccountClient, given: object, refusal: tuple[int, int]
) -> None:
    before = await api.listed("/Conversations")
    answer = await asked(api, DANA, PHONE, given, UniqueName="crew")
    assert answer.refusal == refusal
    assert await api.listed("/Conversations") == before
    assert await api.listed("/Users") == []
    made = await begun(api, DANA, PHONE, UniqueName="crew")
    assert (await settled(api, made["sid"]))["state"] == "active"


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"State": "closed"}, (400, 50384)),
        ({"State": "initializing"}, (400, 50378)),
        ({"UniqueName": "taken"}, (409, 50353)),
        ({"Attributes": "{"}, (400, 50304)),
        ({"Timers.Inactive": "PT1S"}, (400, 50375)),
    ],
)
async def test_a_wrong_conversation_is_refused_with_its_own_error(
    api: AccountClient, given: dict[str, str], refusal: tuple[int, int]
) -> None:
    await api.made("/Conversations", UniqueName="taken")
    assert (await asked(api, DANA, **given)).refusal == refusal
    assert (await api.post(PATH, **given)).refusal == refusal
    assert len(await api.listed("/Conversations")) == 1


async def test_ten_participants_may_be_brought_and_no_more(api: AccountClient) -> None:
    ten = [{"identity": f"member {number}"} for number in range(10)]
    assert (await asked(api, *ten, DANA)).refusal == (400, 50426)
    made = await begun(api, *ten)
    await settled(api, made["sid"])
    assert len(await api.listed(f"/Conversations/{made['sid']}/Participants")) == 10


async def test_address_pairs_are_kept_from_the_call_on(api: AccountClient) -> None:
    async with api.parlour.inside.database.session() as held:
        await held.execute("begin")
        await held.execute("lock table participants in share mode")
        made = await begun(api, PHONE)
        answer = await asked(api, PHONE)
        assert answer.refusal == (409, 50425)
        await held.execute("rollback")
    await api.made("/Conversations", UniqueName="other")
    form = {"MessagingBinding.Address": PAIR["address"], "MessagingBinding.ProxyAddress": PAIR["proxy_address"]}
    answer = await api.post("/Conversations/other/Participants", **form)
    assert (answer.refusal, answer.message[-34:]) == ((409, 50416), made["sid"])
    await settled(api, made["sid"])
    assert (await asked(api, PHONE)).refusal == (409, 50425)
    await api.post(f"/Conversations/{made['sid']}", State="closed")
    await begun(api, PHONE)


async def test_while_initializing_it_can_be_read_and_deleted(api: AccountClient) -> None:
    async with api.parlour.inside.database.session() as held:
        await held.execute("begin")
        await held.execute("lock table users in share mode")
        made = await begun(api, {"identity": "somebody new"}, PHONE, UniqueName="crew")
        for reference in ("crew", made["sid"]):
            path = f"/Conversations/{reference}"
            assert (await api.get(path)).row["state"] == "initializing"
            for below in ("Participants", "Messages", "Webhooks"):
                assert (await api.get(f"{path}/{below}")).rows == []
        assert [row["state"] for row in await api.listed("/Conversations")] == ["initializing"]
        assert (await api.delete("/Conversations/crew")).status == 204
        await held.execute("rollback")
    again = await begun(api, PHONE, UniqueName="crew")
    await settled(api, again["sid"])
    assert (await api.get(f"/Conversations/{made['sid']}")).refusal == NOT_FOUND
    assert [row["sid"] for row in await api.listed("/Conversations")] == [again["sid"]]
    async with api.parlour.inside.database.session() as reading:
        left = await reading.fetch("select 1 from pending_additions where service_sid = $1", api.service)
    assert left == []


WRITES: dict[str, tuple[str, str, dict[str, str]]] = {
    "a new name": ("POST", "{talk}", {"FriendlyName": "x"}),
    "another state": ("POST", "{talk}", {"State": "active"}),
    "a timer": ("POST", "{talk}", {"Timers.Inactive": "PT1M"}),
    "nothing": ("POST", "{talk}", {}),
    "a message": ("POST", "{talk}/Messages", {"Body": "x"}),
    "a message of a participant to be": ("POST", "{talk}/Messages", {"Body": "x", "Author": "dana"}),
    "a message with media": ("POST", "{talk}/Messages", {"MediaSid": f"ME{HEX}"}),
    "another body": ("POST", f"{{talk}}/Messages/IM{HEX}", {"Body": "x"}),
    "no message": ("DELETE", f"{{talk}}/Messages/IM{HEX}", {}),
    "a participant": ("POST", "{talk}/Participants", {"MessagingBinding.Address": "+15551230009"}),
    "a participant that will be there": ("POST", "{talk}/Participants", {"Identity": "lee"}),
    "attributes of a participant to be": ("POST", "{talk}/Participants/lee", {"Attributes": "{}"}),
    "the end of a participant to be": ("DELETE", "{talk}/Participants/lee", {}),
    "a webhook": ("POST", "{talk}/Webhooks", {"Target": "studio", "Configuration.FlowSid": f"FW{HEX}"}),
    "another webhook": ("POST", f"{{talk}}/Webhooks/WH{HEX}", {"Configuration.Method": "post"}),
    "no webhook": ("DELETE", f"{{talk}}/Webhooks/WH{HEX}", {}),
    "a read horizon": ("POST", "/Users/lee/Conversations/{sid}", {"LastReadMessageIndex": "0"}),
    "leaving": ("DELETE", "/Users/lee/Conversations/{sid}", {}),
}
"""Everything that callers may want to change in a conversation, but its deletion."""


async def test_while_initializing_every_write_is_told_to_wait(api: AccountClient) -> None:
    for identity in ("dana", "lee"):
        await api.made("/Users", Identity=identity)
    async with api.parlour.inside.database.session() as held:
        # Whoever is to be added waits for dana, before it locks anything else.
        await held.execute("begin")
        await held.fetch("select 1 from users where service_sid = $1 and identity = 'dana' for update", api.service)
        made = await begun(api, DANA, {"identity": "lee"})
        refused: dict[str, tuple[int, int]] = {}
        for what, (method, path, form) in WRITES.items():
            at = path.format(talk=f"/Conversations/{made['sid']}", sid=made["sid"])
            refused[what] = (await (api.delete(at) if method == "DELETE" else api.post(at, **form))).refusal
        assert refused == dict.fromkeys(WRITES, (409, 50386))
        await held.execute("rollback")
    await settled(api, made["sid"])
    assert await api.listed(f"/Conversations/{made['sid']}/Messages") == []


async def until_waiting(reading: Reading, what: str) -> None:
    """Returns when a statement with *what* in it waits for a lock of another transaction."""
    waiting = (
        "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like $1 and pid <> pg_backend_pid()"
    )
    async with asyncio.timeout(30):
        while not await reading.fetchval(waiting, f"%{what}%"):
            pass  # asked again at once; the statement itself gives way to others


async def test_a_message_that_comes_while_participants_are_added_waits_and_is_sent(api: AccountClient) -> None:
    """A group MMS, as it is usually made: the message arrives while the background holds the conversation."""
    natives = [{"messaging_binding": {"address": f"+1202555010{number}"}} for number in range(4)]
    dana = {**DANA, "messaging_binding": {"projected_address": "+12025550190"}}
    inside = api.parlour.inside
    async with inside.database.session() as held, inside.database.session() as watching:
        await held.execute("begin")
        await held.execute("lock table participants in share mode")
        made = await begun(api, *natives, dana)
        await until_waiting(watching, "insert into participants")
        path = f"/Conversations/{made['sid']}/Messages"
        sending = asyncio.create_task(api.post(path, Body="Good morning", Author="dana"))
        await until_waiting(watching, "with draft as")
        await held.execute("rollback")
        sent = await sending
    assert sent.status == 201, sent.body
    participants = await api.listed(f"/Conversations/{made['sid']}/Participants")
    assert sent.row["participant_sid"] == participants[-1]["sid"]


async def test_what_cannot_be_added_after_all_closes_the_conversation_and_frees_its_pairs(api: AccountClient) -> None:
    """The role goes between the call and the turn that adds the participants."""
    role = (await api.made("/Roles", FriendlyName="x", Type="conversation", Permission=["sendMessage"]))["sid"]
    async with api.parlour.inside.database.session() as held:
        await held.execute("begin")
        await held.execute("lock table users in share mode")
        made = await begun(api, {**DANA, "role_sid": role}, PHONE)
        assert (await api.delete(f"/Roles/{role}")).status == 204
        with structlog.testing.capture_logs() as logs:
            await held.execute("rollback")
            row = await settled(api, made["sid"])
    assert (row["state"], row["timers"]) == ("closed", {})
    (logged,) = [each for each in logs if each.get("conversation") == made["sid"]]
    assert (logged["code"], logged["log_level"]) == (50427, "error")
    assert await api.listed(f"/Conversations/{made['sid']}/Participants") == []
    assert await api.listed("/Users") == []
    assert (await settled(api, (await begun(api, PHONE))["sid"]))["state"] == "active"
    async with api.parlour.inside.database.session() as reading:
        told = await reading.fetchrow(
            "select payload from events where service_sid = $1 and conversation_sid = $2 order by id desc limit 1",
            api.service,
            made["sid"],
        )
    assert told is not None
    assert (told["payload"]["state_from"], told["payload"]["reason"]) == ("initializing", "EVENT")
