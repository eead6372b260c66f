"""What the event log holds after each kind of change that came over HTTP, and the numbers it leaves on the rows."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from parlour.resources.conversations.facts import ConversationStateUpdated
from parlour.resources.conversations.model import Conversation
from parlour.resources.messages.facts import MessageAdded
from parlour.resources.messages.model import Message
from tests.account_client import FORM, AccountClient, PathForm, encoded
from tests.deliveries import FOR_WEBHOOKS
from tests.journeys.plain import contradictions

TABLES = {"US": "users", "CH": "conversations", "MB": "participants", "IM": "messages"}
KINDS = {"CH": "conversation", "MB": "participant", "IM": "message"}


@dataclass
class Scene:
    """A conversation with a user in it who has said something."""

    api: AccountClient
    webhooks: bool
    conversation: str
    user: str
    participant: str
    message: str

    @property
    def path(self) -> str:
        return f"/Conversations/{self.conversation}"

    async def post(self, path: str, **form: object) -> str:
        """The SID of what was created or changed."""
        headers = {**FORM, **self._asking}
        return str((await self.api.send("POST", path, encoded(form).encode(), headers)).row["sid"])

    async def delete(self, path: str) -> str:
        """The SID of what is gone."""
        sid = str((await self.api.get(path)).row["sid"])
        assert (await self.api.send("DELETE", path, headers=self._asking)).status == 204
        return sid

    @property
    def _asking(self) -> dict[str, str]:
        return {"X-Twilio-Webhook-Enabled": "true"} if self.webhooks else {}

    async def events(self) -> list[dict[str, Any]]:
        return await self._rows(f"select *, {FOR_WEBHOOKS} from events where service_sid = $1 order by id")

    async def row(self, sid: str) -> dict[str, Any] | None:
        """What the table of *sid* holds under it."""
        table = TABLES[sid[:2]]
        rows = await self._rows(f"select * from {table} where service_sid = $1 and sid = $2", sid)
        return rows[0] if rows else None

    async def tombstone(self, sid: str) -> dict[str, Any] | None:
        rows = await self._rows("select * from tombstones where service_sid = $1 and sid = $2", sid)
        return rows[0] if rows else None

    async def _rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        async with self.api.parlour.inside.database.session() as reading:
            return [dict(row) for row in await reading.fetch(sql, self.api.service, *values)]


@pytest.fixture(params=[False, True], ids=["quietly", "with webhooks"])
async def scene(api: AccountClient, request: pytest.FixtureRequest) -> Scene:
    conversation = (await api.made("/Conversations", UniqueName="room"))["sid"]
    path = f"/Conversations/{conversation}"
    participant = (await api.made(path + "/Participants", Identity="dana"))["sid"]
    message = (await api.made(path + "/Messages", Body="hello", Author="dana"))["sid"]
    user = (await api.get("/Users/dana")).row["sid"]
    return Scene(api, bool(request.param), conversation, user, participant, message)


MESSAGE_FIELDS = set(Message.__struct_fields__)
CONVERSATION_FIELDS = set(Conversation.__struct_fields__)

ABOUT = ("user", "conversation", "participant", "message")

Change = Callable[[Scene], Awaitable[str]]
CHANGES: dict[str, tuple[Change, list[str]]] = {
    "add a user": (lambda s: s.post("/Users", Identity="amira"), ["UserAdded"]),
    "update a user": (lambda s: s.post("/Users/dana", FriendlyName="Dana"), ["UserUpdated"]),
    "remove a user": (lambda s: s.delete("/Users/dana"), ["ParticipantRemoved", "UserRemoved"]),
    "add a conversation": (lambda s: s.post("/Conversations"), ["ConversationAdded"]),
    "update a conversation": (lambda s: s.post(s.path, FriendlyName="Room"), ["ConversationUpdated"]),
    "change the state": (
        lambda s: s.post(s.path, State="inactive"),
        ["ConversationUpdated", "ConversationStateUpdated"],
    ),
    "set the state that it has": (lambda s: s.post(s.path, State="active"), ["ConversationUpdated"]),
    "remove a conversation": (lambda s: s.delete(s.path), ["ConversationRemoved"]),
    "add a participant": (
        lambda s: s.post(s.path + "/Participants", Identity="amira"),
        ["UserAdded", "ParticipantAdded"],
    ),
    "add a participant by address": (
        lambda s: s.post(
            s.path + "/Participants",
            **{"MessagingBinding.Address": "+15551230001", "MessagingBinding.ProxyAddress": "+15551230002"},
        ),
        ["ParticipantAdded"],
    ),
    "update a participant": (
        lambda s: s.post(s.path + "/Participants/dana", Attributes={"a": 1}),
        ["ParticipantUpdated"],
    ),
    "move a read horizon": (
        lambda s: s.post(s.path + "/Participants/dana", LastReadMessageIndex=0),
        ["ParticipantUpdated"],
    ),
    "remove a participant": (lambda s: s.delete(s.path + "/Participants/dana"), ["ParticipantRemoved"]),
    "add a message": (lambda s: s.post(s.path + "/Messages", Body="again"), ["MessageAdded"]),
    "update a message": (lambda s: s.post(f"{s.path}/Messages/{s.message}", Body="Hello"), ["MessageUpdated"]),
    "remove a message": (lambda s: s.delete(f"{s.path}/Messages/{s.message}"), ["MessageRemoved"]),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_tells_its_facts_and_numbers_its_row(scene: Scene, change: str) -> None:
    make, types = CHANGES[change]
    known = await scene.events()
    before = {sid: await scene.row(sid) for sid in (scene.user, scene.conversation, scene.participant, scene.message)}

    sid = await make(scene)

    facts = (await scene.events())[len(known) :]
    assert [fact["type"] for fact in facts] == types
    for fact in facts:
        assert fact["account_sid"] == scene.api.account
        assert fact["source"] == "API"
        assert fact["webhooks"] is scene.webhooks
        assert fact["conversation_sid"] == (None if fact["type"].startswith("User") else _conversation(fact))
        assert fact["type"] == "UserRemoved" or fact["id"] == _number(fact)
    assert await contradictions(scene.api.parlour.inside.database, scene.api.service) == {}
    about = [fact for fact in facts if _about(fact, sid)]
    row = await scene.row(sid)
    if row is None:
        await _check_tombstone(scene, sid, about[-1], before[sid])
    else:
        assert row["last_event_id"] == about[-1]["id"]
        assert row["born_event_id"] == _born(before.get(sid), about[0])


def _number(fact: dict[str, Any]) -> Any:
    """As the row has it that the fact is about."""
    thing = next(name for name in ABOUT if fact["type"].lower().startswith(name))
    return fact["payload"][thing]["last_event_id"]


def _about(fact: dict[str, Any], sid: str) -> bool:
    return any(isinstance(value, dict) and value.get("sid") == sid for value in fact["payload"].values())


def _conversation(fact: dict[str, Any]) -> Any:
    payload = fact["payload"]
    thing = payload.get("participant") or payload.get("message") or payload["conversation"]
    return thing.get("conversation_sid", thing["sid"])


def _born(before: dict[str, Any] | None, about: dict[str, Any]) -> Any:
    if before is None:
        return about["id"]
    assert before["last_event_id"] < about["id"]
    return before["born_event_id"]


async def _check_tombstone(scene: Scene, sid: str, about: dict[str, Any], before: dict[str, Any] | None) -> None:
    assert before is not None
    stone = await scene.tombstone(sid)
    if sid.startswith("US"):
        assert stone is None
        return
    assert stone is not None
    assert stone["kind"] == KINDS[sid[:2]]
    assert stone["conversation_sid"] == scene.conversation
    assert stone["event_id"] == about["id"]
    assert stone["born_event_id"] == before["born_event_id"]
    assert stone["identity"] == before.get("identity")
    assert stone["index"] == before.get("index")


async def test_a_message_that_wakes_a_conversation_tells_two_facts(scene: Scene) -> None:
    await scene.post(scene.path, State="inactive")
    known = await scene.events()
    sid = await scene.post(scene.path + "/Messages", Body="anybody there?")

    woken, added = (await scene.events())[len(known) :]
    assert (woken["type"], added["type"]) == ("ConversationStateUpdated", "MessageAdded")
    assert (woken["webhooks"], added["webhooks"]) == (True, scene.webhooks)
    assert woken["id"] < added["id"]
    assert woken["payload"]["state_from"] == "inactive"
    assert woken["payload"]["reason"] == "EVENT"
    assert woken["payload"]["conversation"]["state"] == "active"
    message, conversation = await scene.row(sid), await scene.row(scene.conversation)
    assert message is not None
    assert conversation is not None
    assert message["born_event_id"] == message["last_event_id"] == added["id"]
    assert known[-1]["id"] < woken["id"] == woken["payload"]["conversation"]["last_event_id"]
    assert added["id"] < conversation["last_event_id"], "what the conversation is now includes its newest message"
    assert added["payload"]["message"]["index"] == message["index"] == 1

    await scene.post(scene.path + "/Messages", Body="yes")
    assert [fact["type"] for fact in (await scene.events())[len(known) + 2 :]] == ["MessageAdded"]


async def test_what_the_statement_for_messages_tells_is_what_the_types_of_facts_say(scene: Scene) -> None:
    """It writes the payloads by hand, so each is read with nothing left out, and compared with the row."""
    await scene.post(scene.path, State="inactive")
    known = await scene.events()
    sid = await scene.post(scene.path + "/Messages", Body="anybody there?", Author="dana", Attributes={"a": 1})

    woken, added = (await scene.events())[len(known) :]
    message = msgspec.convert(added["payload"], MessageAdded).message
    row = await scene.row(sid)
    assert row is not None
    assert msgspec.structs.asdict(message) == {name: row[name] for name in MESSAGE_FIELDS}
    missing = {"delivery", "updated_by"}
    assert set(added["payload"]["message"]) == MESSAGE_FIELDS - missing, "no receipts yet, and nobody's edit"

    state = msgspec.convert(woken["payload"], ConversationStateUpdated)
    row = await scene.row(scene.conversation)
    assert row is not None
    row["last_event_id"] = woken["id"]
    assert msgspec.structs.asdict(state.conversation) == {name: row[name] for name in CONVERSATION_FIELDS}


async def test_a_removed_conversation_leaves_tombstones_for_its_members(scene: Scene) -> None:
    await scene.delete(scene.path)
    conversation, member = await scene.tombstone(scene.conversation), await scene.tombstone(scene.participant)
    assert conversation is not None
    assert member is not None
    assert (member["kind"], member["identity"]) == ("participant", "dana")
    assert await scene.tombstone(scene.message) is None, "who knows that the conversation is gone needs no more"
    assert await scene.row(scene.message) is None


async def test_a_removed_user_leaves_tombstones_for_its_memberships(scene: Scene) -> None:
    await scene.delete(f"/Users/{scene.user}")
    stone = await scene.tombstone(scene.participant)
    assert stone is not None
    (removed,) = [fact for fact in await scene.events() if fact["type"] == "ParticipantRemoved"]
    assert stone["event_id"] == removed["id"]


async def test_a_users_conversations_fire_no_webhooks_even_when_asked_to(scene: Scene) -> None:
    known = await scene.events()
    asked = {**FORM, "X-Twilio-Webhook-Enabled": "true"}
    path = "/Users/dana/Conversations/room"
    assert (await scene.api.send("POST", path, b"LastReadMessageIndex=0", asked)).status == 200
    assert (await scene.api.send("DELETE", path, headers=asked)).status == 204
    facts = [(fact["type"], fact["webhooks"]) for fact in (await scene.events())[len(known) :]]
    assert facts == [("ParticipantUpdated", False), ("ParticipantRemoved", False)]


@pytest.mark.both_forms
async def test_a_refused_change_tells_nothing(api: AccountClient) -> None:
    sid = (await api.made("/Conversations", UniqueName="room"))["sid"]
    await api.made(f"/Conversations/{sid}/Participants", Identity="dana")
    scene = Scene(api, webhooks=False, conversation=sid, user="", participant="", message="")
    known = await scene.events()
    for path, form in [
        ("/Conversations", {"UniqueName": "room"}),
        (f"/Conversations/{sid}/Participants", {"Identity": "dana"}),
        ("/Users", {"Identity": "dana"}),
        (f"/Conversations/{sid}/Messages", {"Body": "x" * 40_000}),
        (f"/Conversations/{sid}", {"State": "asleep"}),
    ]:
        assert (await api.post(path, **form)).status in (400, 409)
    assert await scene.events() == known


async def test_facts_tell_the_same_in_both_forms_of_the_path(api: AccountClient) -> None:
    explicit = AccountClient(api.parlour, api.account, api.token, api.service, PathForm.SERVICE)
    for form in (api, explicit):
        await form.made("/Conversations", FriendlyName="twin")
    scene = Scene(api, webhooks=False, conversation="", user="", participant="", message="")
    first, second = [fact for fact in await scene.events() if fact["type"] == "ConversationAdded"]
    one_time = {"sid", "created_at", "updated_at", "state_updated_at", "last_activity_at", "last_event_id"}
    assert _without(first["payload"]["conversation"], one_time) == _without(second["payload"]["conversation"], one_time)
    assert (first["service_sid"], first["account_sid"]) == (second["service_sid"], second["account_sid"])


def _without(row: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
