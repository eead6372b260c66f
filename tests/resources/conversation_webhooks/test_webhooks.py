"""Webhooks of a conversation over HTTP: what each target needs and shows, and at most five."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from parlour.core.webhook_events import CONVERSATION_EVENTS
from parlour.resources.conversation_webhooks.actions import forget
from tests.account_client import NOT_FOUND, AccountClient, Answer
from tests.server import MovableClock

pytestmark = pytest.mark.both_forms

PATH = "/Conversations/talk/Webhooks"
URL = "https://app.example.org/hooks/room"
FLOW = "FW0123456789abcdef0123456789abcdef"
UNKNOWN = "WH00000000000000000000000000000000"
CLOSED = (400, 50377)

WEBHOOK = {"Target": "webhook", "Configuration.Url": URL, "Configuration.Filters": ["onMessageAdded"]}
TRIGGER = {"Target": "trigger", "Configuration.Url": URL, "Configuration.Triggers": ["help", "stop it"]}
STUDIO = {"Target": "studio", "Configuration.FlowSid": FLOW}

Row = dict[str, Any]


@pytest.fixture(autouse=True)
async def talk(api: AccountClient) -> str:
    """The SID of the conversation at PATH."""
    return str((await api.made("/Conversations", UniqueName="talk"))["sid"])


def without(form: Row, *names: str) -> Row:
    return {name: value for name, value in form.items() if name not in names}


async def change(api: AccountClient, webhook: Row, **configuration: object) -> Answer:
    named = {f"Configuration.{name}": value for name, value in configuration.items()}
    return await api.post(f"{PATH}/{webhook['sid']}", **named)


async def test_a_webhook_shows_its_url_method_and_filters(api: AccountClient, talk: str, clock: MovableClock) -> None:
    now = clock.freeze()
    row = await api.made(PATH, **WEBHOOK)
    again = (await api.get(f"/Conversations/{talk}/Webhooks/{row['sid']}")).row
    assert again == row
    if api.prefix:
        assert row.pop("chat_service_sid") == api.service
    shown = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    assert row == {
        "sid": row["sid"],
        "account_sid": api.account,
        "conversation_sid": talk,
        "target": "webhook",
        "configuration": {"url": URL, "method": "post", "filters": ["onMessageAdded"]},
        "date_created": shown,
        "date_updated": shown,
        "url": f"{api.root}/Conversations/{talk}/Webhooks/{row['sid']}",
    }
    assert row["sid"].startswith("WH")


async def test_a_trigger_shows_its_words_as_triggers_and_as_filters(api: AccountClient) -> None:
    words = ["help", "stop it"]
    row = await api.made(PATH, **TRIGGER, **{"Configuration.Method": "GET"})
    assert row["configuration"] == {"url": URL, "method": "get", "triggers": words, "filters": words}


async def test_studio_shows_its_flow(api: AccountClient) -> None:
    row = await api.made(PATH, **STUDIO)
    assert (row["target"], row["configuration"]) == ("studio", {"flow_sid": FLOW})


async def test_what_does_not_apply_to_the_target_is_dropped(api: AccountClient) -> None:
    everything = {**WEBHOOK, **TRIGGER, **STUDIO}
    for target, expected in (
        ("webhook", {"url", "method", "filters"}),
        ("trigger", {"url", "method", "triggers", "filters"}),
        ("studio", {"flow_sid"}),
    ):
        row = await api.made(PATH, **{**everything, "Target": target})
        assert row["configuration"].keys() == expected
    *_, flow = (await api.get(PATH)).rows
    assert (await change(api, flow, Url="https://b.example", Filters="onMessageAdded")).row == flow


@pytest.mark.parametrize(
    ("whole", "missing", "code"),
    [
        (WEBHOOK, "Configuration.Url", 50369),
        (WEBHOOK, "Configuration.Filters", 50370),
        (TRIGGER, "Configuration.Url", 50369),
        (TRIGGER, "Configuration.Triggers", 50371),
        (STUDIO, "Configuration.FlowSid", 20001),
        (WEBHOOK, "Target", 20001),
    ],
)
async def test_each_target_needs_its_own_parameters(api: AccountClient, whole: Row, missing: str, code: int) -> None:
    answer = await api.post(PATH, **without(whole, missing))
    assert answer.refusal == (400, code)
    if code == 20001:
        assert answer.message == f"Missing required parameter {missing} in the post body"
    elif missing != "Configuration.Triggers":
        assert (await api.post(PATH, **{**whole, missing: ""})).refusal == (400, code)
    assert (await api.get(PATH)).rows == []


@pytest.mark.parametrize(
    ("name", "values", "code"),
    [
        ("Target", ["", "webhooks", "flex"], 50364),
        ("Configuration.Method", ["", "put", "PATCH"], 50055),
        ("Configuration.Filters", ["onMessageAdd", "onUserAdded", "message", ["onMessageAdded", ""]], 50365),
        ("Configuration.Triggers", ["", "x" * 249, ["help", ""]], 50366),
        ("Configuration.FlowSid", ["", "FW00", "WH" + "0" * 32, FLOW + "0"], 50367),
        ("Configuration.Url", ["room", "/hooks", "ftp://app.example.org", "https://", "mailto:a@b.c"], 50054),
        ("Configuration.Url", ["https://app.example.org/" + "x" * 489], 50372),
        ("Configuration.ReplayAfter", ["-1", "1.5", "soon", "9" * 20], 20001),
    ],
)
async def test_a_wrong_value_is_refused(api: AccountClient, name: str, values: list[Any], code: int) -> None:
    row = await api.made(PATH, **WEBHOOK)
    for value in values:
        assert (await api.post(PATH, **{**WEBHOOK, name: value})).refusal == (400, code), value
        answer = await api.post(f"{PATH}/{row['sid']}", **{name: value})
        if name in ("Target", "Configuration.ReplayAfter"):
            assert answer.row == row, "which is no parameter of an update"
        else:
            assert answer.refusal == (400, code), value
    assert (await api.get(PATH)).rows == [row]


async def test_the_largest_values_are_taken(api: AccountClient) -> None:
    url = "https://app.example.org/" + "x" * 488
    assert len(url) == 512
    words = [letter * 248 for letter in "abcdé"]
    every = [event.value for event in CONVERSATION_EVENTS]
    assert len(every) == 11
    made = await api.made(PATH, **{**TRIGGER, "Configuration.Url": url, "Configuration.Triggers": [*words, "a" * 248]})
    assert (made["configuration"]["url"], made["configuration"]["triggers"]) == (url, words)
    assert (await api.made(PATH, **{**WEBHOOK, "Configuration.Filters": every}))["configuration"]["filters"] == every


async def test_a_webhook_has_at_most_5_triggers(api: AccountClient) -> None:
    words = ["one", "two", "three", "four", "five"]
    made = await api.made(PATH, **{**TRIGGER, "Configuration.Triggers": words})
    assert (await api.post(PATH, **{**TRIGGER, "Configuration.Triggers": [*words, "six"]})).refusal == (400, 50362)
    assert (await change(api, made, Triggers=[*words, "six"])).refusal == (400, 50362)
    assert (await api.get(PATH)).rows == [made]


async def test_an_update_changes_what_is_sent_and_nothing_else(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    webhook, trigger, studio = [await api.made(PATH, **form) for form in (WEBHOOK, TRIGGER, STUDIO)]
    clock.advance(timedelta(seconds=5))
    changed = (await change(api, webhook, Method="Get")).row
    assert changed["configuration"] == {**webhook["configuration"], "method": "get"}
    assert changed["date_updated"] > changed["date_created"] == webhook["date_created"]
    changed = (await change(api, webhook, Url="http://b.example/?a=b", Filters=["onDeliveryUpdated"])).row
    assert changed["configuration"] == {
        "url": "http://b.example/?a=b",
        "method": "get",
        "filters": ["onDeliveryUpdated"],
    }
    assert (await api.get(f"{PATH}/{webhook['sid']}")).row == changed
    assert (await change(api, trigger, Triggers=["stop"])).row["configuration"]["filters"] == ["stop"]
    flow = FLOW.replace("0", "9")
    assert (await change(api, studio, FlowSid=flow)).row["configuration"] == {"flow_sid": flow}
    assert [row["target"] for row in (await api.get(PATH)).rows] == ["webhook", "trigger", "studio"]


async def test_an_update_that_sends_nothing_changes_nothing(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    for form in (WEBHOOK, TRIGGER, STUDIO):
        row = await api.made(PATH, **form)
        clock.advance(timedelta(seconds=5))
        for sent in ({}, {"Target": "studio"}, {"Configuration.ReplayAfter": 7}, {"Unknown": "x"}):
            assert (await api.post(f"{PATH}/{row['sid']}", **sent)).row == row


async def test_an_update_takes_nothing_away_that_the_target_needs(api: AccountClient) -> None:
    webhook, trigger = [await api.made(PATH, **form) for form in (WEBHOOK, TRIGGER)]
    assert (await change(api, webhook, Url="")).refusal == (400, 50369)
    assert (await change(api, webhook, Filters="")).refusal == (400, 50370)
    assert (await change(api, trigger, Url="")).refusal == (400, 50369)
    assert (await change(api, trigger, Triggers="")).refusal == (400, 50366)
    assert (await api.get(PATH)).rows == [webhook, trigger]


async def test_where_to_replay_from_is_kept_and_not_shown(api: AccountClient) -> None:
    made = [await api.made(PATH, **WEBHOOK, **{"Configuration.ReplayAfter": index}) for index in ("0", "7", "")]
    made.append(await api.made(PATH, **STUDIO, **{"Configuration.ReplayAfter": 3}))
    assert (await change(api, made[0], Method="get")).status == 200
    async with api.parlour.inside.database.session() as reading:
        rows = await reading.fetch(
            "select sid, replay_after from conversation_webhooks where service_sid = $1", api.service
        )
    kept = {row["sid"]: row["replay_after"] for row in rows}
    assert [kept[row["sid"]] for row in made] == [0, 7, None, 3]
    assert "replay" not in str((await api.get(PATH)).rows)


async def test_a_conversation_has_at_most_5_webhooks(api: AccountClient) -> None:
    made = [await api.made(PATH, **form) for form in (WEBHOOK, TRIGGER, STUDIO, WEBHOOK, WEBHOOK)]
    answer = await api.post(PATH, **STUDIO)
    assert (answer.refusal, answer.message) == ((400, 50361), "Too many conversation webhooks")
    assert (await change(api, made[0], Method="get")).status == 200
    await api.made("/Conversations", UniqueName="another")
    assert (await api.post("/Conversations/another/Webhooks", **STUDIO)).status == 201
    assert (await api.delete(f"{PATH}/{made[0]['sid']}")).status == 204
    assert (await api.post(PATH, **STUDIO)).status == 201
    assert (await api.post(PATH, **STUDIO)).refusal == (400, 50361)


async def test_webhooks_that_are_made_at_once_are_five_at_the_end(api: AccountClient) -> None:
    for _ in range(3):
        await api.made(PATH, **STUDIO)
    answers = await asyncio.gather(*(api.post(PATH, **WEBHOOK) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [201] * 2 + [400] * 6
    assert {answer.refusal for answer in answers if answer.status == 400} == {(400, 50361)}
    assert len(await api.listed(PATH)) == 5


async def test_webhooks_are_listed_in_the_order_of_their_creation_five_at_a_time(
    api: AccountClient, clock: MovableClock
) -> None:
    clock.freeze()
    made = []
    for number in range(5):
        made.append((await api.made(PATH, **STUDIO))["sid"])
        clock.advance(timedelta(seconds=number % 2))
    assert [row["sid"] for row in await api.listed(PATH, PageSize=2)] == made
    for query in ({}, {"PageSize": 50}):
        page = await api.get(PATH, **query)
        assert [row["sid"] for row in page.rows] == made
        assert (page.meta["key"], page.meta["page_size"]) == ("webhooks", 5)


async def test_a_deleted_webhook_is_gone(api: AccountClient) -> None:
    row = await api.made(PATH, **WEBHOOK)
    kept = await api.made(PATH, **STUDIO)
    assert (await api.delete(f"{PATH}/{row['sid']}")).status == 204
    for answer in (
        await api.get(f"{PATH}/{row['sid']}"),
        await api.delete(f"{PATH}/{row['sid']}"),
        await change(api, row, Method="get"),
        await change(api, row, Method="nonsense"),
    ):
        assert answer.refusal == NOT_FOUND
    assert (await api.get(PATH)).rows == [kept]


async def test_a_webhook_is_found_in_its_own_conversation_only(api: AccountClient) -> None:
    row = await api.made(PATH, **WEBHOOK)
    await api.made("/Conversations", UniqueName="another")
    for place in (
        f"/Conversations/another/Webhooks/{row['sid']}",
        f"/Conversations/nowhere/Webhooks/{row['sid']}",
        f"{PATH}/{UNKNOWN}",
        f"{PATH}/talk",
    ):
        for answer in (await api.get(place), await api.post(place), await api.delete(place)):
            assert answer.refusal == NOT_FOUND
    assert (await api.post("/Conversations/nowhere/Webhooks", Target="x")).refusal == NOT_FOUND
    assert (await api.get("/Conversations/nowhere/Webhooks")).refusal == NOT_FOUND
    assert (await api.get("/Conversations/another/Webhooks")).rows == []
    assert (await api.get(PATH)).rows == [row]


async def test_webhooks_go_with_their_conversation_and_are_known_a_while_to_be_told_of_its_end(
    api: AccountClient, clock: MovableClock
) -> None:
    clock.freeze()
    await api.made("/Conversations", UniqueName="another")
    for name in ("talk", "another"):
        await api.made(f"/Conversations/{name}/Webhooks", **WEBHOOK)
    assert (await api.delete("/Conversations/talk")).status == 204
    await api.made("/Conversations", UniqueName="talk")
    assert (await api.get(PATH)).rows == []
    for later, left in ((timedelta(days=6), 2), (timedelta(days=2), 1)):
        clock.advance(later)
        await forget(api.parlour.inside)
        assert await stored(api) == left
    assert len((await api.get("/Conversations/another/Webhooks")).rows) == 1


async def stored(api: AccountClient) -> int:
    async with api.parlour.inside.database.session() as reading:
        sql = "select count(*) from conversation_webhooks where service_sid = $1"
        return int(await reading.fetchval(sql, api.service))


async def test_a_webhook_minds_only_what_happens_after_it_was_made(api: AccountClient) -> None:
    """Every fact has a number, and a webhook has one among them."""
    await api.made("/Conversations/talk/Messages", Body="before")
    await api.made(PATH, **WEBHOOK)
    await api.made("/Conversations/talk/Messages", Body="after")
    async with api.parlour.inside.database.session() as reading:
        events = await reading.fetch("select id from events where service_sid = $1 order by id", api.service)
        sql = "select born_event_id from conversation_webhooks where service_sid = $1"
        born = await reading.fetchval(sql, api.service)
    assert events[-2]["id"] < born < events[-1]["id"]


async def test_a_closed_conversation_takes_no_webhooks_and_lets_them_go(api: AccountClient) -> None:
    row = await api.made(PATH, **WEBHOOK)
    await api.post("/Conversations/talk", State="closed")
    assert (await api.post(PATH, **STUDIO)).refusal == CLOSED
    assert (await change(api, row, Method="get")).refusal == CLOSED
    assert (await change(api, row, Method="put")).refusal == (400, 50055)
    assert (await api.post(PATH, Target="studio")).refusal == (400, 20001)
    assert (await api.get(PATH)).rows == [row]
    assert (await api.get(f"{PATH}/{row['sid']}")).row == row
    assert (await api.delete(f"{PATH}/{row['sid']}")).status == 204
    assert (await api.get(PATH)).rows == []
