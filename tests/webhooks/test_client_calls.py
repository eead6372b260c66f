"""What a client SDK does is asked before and told after, with the user who did it; all that looks back shows it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from parlour.core.webhook_events import EVENTS
from tests.account_client import AccountClient
from tests.client_calls import Answered, Caller, caller
from tests.feed import facts
from tests.observe.test_tail import lines, tailing
from tests.receiver import Receiver
from tests.resources.explanations.test_explanations import texts
from tests.webhooks.conftest import be_asked, replying


@pytest.fixture
async def told(api: AccountClient, receiver: Receiver) -> AccountClient:
    """An account that asks before and tells after every change."""
    urls = {"PreWebhookUrl": f"{receiver.url}/pre", "PostWebhookUrl": f"{receiver.url}/post"}
    assert (await api.post("/v1/Configuration/Webhooks", Filters=list(EVENTS), **urls)).status == 200
    return api


class Desk:
    """A conversation on its way, with what is in it."""

    def __init__(self, alice: Caller) -> None:
        self.alice = alice
        self.sid = self.message = ""

    async def create(self) -> Answered:
        answer = await self.alice.post("/Conversations", friendly_name="Desk")
        self.sid = answer.row["sid"]
        return answer

    async def send(self) -> Answered:
        answer = await self.alice.post(f"/Conversations/{self.sid}/Messages", body="hello")
        self.message = answer.row["sid"]
        return answer

    def at(self, path: str) -> str:
        return f"/Conversations/{self.sid}{path}".replace("{message}", self.message)

    def post(self, path: str, **document: Any) -> Awaitable[Answered]:
        return self.alice.post(self.at(path), **document)


Step = tuple[Callable[[Desk], Awaitable[Answered]], list[str]]
STEPS: list[Step] = [
    (lambda desk: desk.create(), ["onConversationAdd", "onConversationAdded"]),
    (lambda desk: desk.post("/Participants", identity="alice"), ["onParticipantAdd", "onParticipantAdded"]),
    (
        lambda desk: desk.post("/Participants", identity="bob"),
        ["onParticipantAdd", "onUserAdded", "onParticipantAdded"],
    ),
    (lambda desk: desk.post("", attributes='{"a":1}'), ["onConversationUpdate", "onConversationUpdated"]),
    (lambda desk: desk.send(), ["onMessageAdd", "onMessageAdded"]),
    (lambda desk: desk.post("/Messages/{message}", body="x"), ["onMessageUpdate", "onMessageUpdated"]),
    (lambda desk: desk.post("/Participants/alice", attributes="{}"), ["onParticipantUpdate", "onParticipantUpdated"]),
    (lambda desk: desk.alice.post(f"/MyConversations/{desk.sid}", last_read_message_index=0), ["onParticipantUpdated"]),
    (
        lambda desk: desk.alice.post(f"/MyConversations/{desk.sid}", notification_level="muted"),
        ["onParticipantUpdated"],
    ),
    (lambda desk: desk.alice.post("/Users/alice", friendly_name="Alice"), ["onUserUpdate", "onUserUpdated"]),
    (lambda desk: desk.alice.delete(desk.at("/Messages/{message}")), ["onMessageRemove", "onMessageRemoved"]),
    (lambda desk: desk.alice.delete(desk.at("/Participants/bob")), ["onParticipantRemove", "onParticipantRemoved"]),
    (lambda desk: desk.alice.delete(desk.at("")), ["onConversationRemove", "onConversationRemoved"]),
]


async def test_each_command_is_asked_and_told_with_its_user(told: AccountClient, receiver: Receiver) -> None:
    desk = Desk(await caller(told, "alice"))
    for step, events in STEPS:
        answer = await step(desk)
        assert answer.status < 300, answer.reply
        came = await receiver.take(len(events))
        assert sorted(each.event for each in came) == sorted(events)
        for each in came:
            assert (each.parameters["Source"], each.parameters["ClientIdentity"]) == ("SDK", "alice")
            assert each.url.endswith("/post" if each.event.endswith("ed") else "/pre"), each.event


async def test_who_is_refused_by_a_webhook_has_done_nothing(told: AccountClient, receiver: Receiver) -> None:
    desk = Desk(await caller(told, "alice"))
    await desk.create()
    await desk.post("/Participants", identity="alice")
    await desk.send()
    await receiver.take(6)
    before = [each["type"] for each in await facts(told)]
    receiver.reply = replying(403)
    for step, events in STEPS[3:]:
        if len(events) == 2 and step is not STEPS[4][0]:
            assert (await step(desk)).refusal in ((403, 50056), (404, 20404))
    assert (await desk.post("/Messages", body="no")).refusal == (403, 50056)
    assert (await desk.alice.post("/Conversations")).refusal == (403, 50056)
    assert [each["type"] for each in await facts(told)] == before


async def test_a_webhook_amends_what_a_user_sends(api: AccountClient, receiver: Receiver) -> None:
    desk = Desk(await caller(api, "alice"))
    await desk.create()
    await desk.post("/Participants", identity="alice")
    await be_asked(api, f"{receiver.url}/pre")
    receiver.reply = replying(200, '{"body": "h***o", "author": "moderator"}')
    row = (await desk.send()).row
    assert (row["body"], row["author"]) == ("h***o", "moderator")


async def test_feed_tail_and_explanation_name_the_user(told: AccountClient, receiver: Receiver) -> None:
    desk = Desk(await caller(told, "alice"))
    await desk.create()
    await desk.post("/Participants", identity="alice")
    async with tailing(told) as stream:
        sent = (await desk.send()).row
        seen: dict[str, dict[str, Any]] = {}
        while not seen.keys() >= {"onMessageAdd", "MessageAdded", "onMessageAdded"}:
            (line,) = await lines(stream, 1)
            seen[line.get("event_type") or line["type"]] = line
    event = seen["MessageAdded"]
    assert (event["kind"], event["source"], event["identity"]) == ("event", "SDK", "alice")
    assert event["request_sid"] == seen["onMessageAdd"]["request_sid"] == seen["onMessageAdded"]["request_sid"]
    (fact,) = [each for each in await facts(told) if each["type"] == "MessageAdded"]
    assert (fact["source"], fact["identity"], fact["request_sid"]) == ("SDK", "alice", event["request_sid"])
    came, wanted, *rest = await texts(told, sent["sid"])
    assert came.endswith("by a client SDK (alice).")
    assert wanted == "Webhooks are told of that without being asked for."
    assert any("onMessageAdd:" in each or "(onMessageAdd)" in each for each in rest), rest


async def test_the_explanation_says_why_nobody_was_asked(api: AccountClient, receiver: Receiver) -> None:
    desk = Desk(await caller(api, "alice"))
    await desk.create()
    await desk.post("/Participants", identity="alice")
    sent = (await desk.send()).row
    assert "was not asked before (onMessageAdd), because" in " ".join(await texts(api, sent["sid"]))
