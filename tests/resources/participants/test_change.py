"""Changing, listing and removing participants."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.account_client import NOT_FOUND, AccountClient
from tests.server import MovableClock

pytestmark = pytest.mark.both_forms

HEX = "0123456789abcdef" * 2
PATH = "/Conversations/talk/Participants"
ADDRESS, PROXY, PROJECTED = (f"MessagingBinding.{name}" for name in ("Address", "ProxyAddress", "ProjectedAddress"))
PAIR = {ADDRESS: "+15551230001", PROXY: "+15551230002"}
START = datetime(2026, 5, 1, 12, tzinfo=UTC)


def shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture(autouse=True)
async def talk(api: AccountClient) -> str:
    """The SID of the conversation at PATH."""
    return str((await api.made("/Conversations", UniqueName="talk"))["sid"])


async def test_an_update_changes_only_what_was_sent(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze(START)
    roles = {each["friendly_name"]: each["sid"] for each in await api.listed("/Roles")}
    state = await api.made(PATH, Identity="dana")
    read = {"last_read_message_index": 3, "last_read_timestamp": shown(START + timedelta(seconds=3))}
    changes: list[tuple[dict[str, str], dict[str, Any]]] = [
        ({"Attributes": "[]"}, {"attributes": "[]"}),
        ({"RoleSid": roles["channel admin"]}, {"role_sid": roles["channel admin"]}),
        ({"LastReadMessageIndex": "3"}, read),
        ({"LastReadTimestamp": "2024-02-29"}, {"last_read_timestamp": "2024-02-29T00:00:00Z"}),
        ({"DateCreated": "2024-02-28"}, {"date_created": "2024-02-28T00:00:00Z"}),
    ]
    for given, changed in changes:
        clock.advance(timedelta(seconds=1))
        state |= {**changed, "date_updated": shown(clock.now())}
        assert (await api.post(f"{PATH}/dana", **given)).row == state
        assert (await api.get(f"{PATH}/{state['sid']}")).row == state


async def test_an_update_that_sends_nothing_changes_nothing(api: AccountClient, clock: MovableClock) -> None:
    before = await api.made(PATH, Identity="dana")
    clock.advance(timedelta(hours=1))
    for given in ({}, {"Unknown": "x"}, {ADDRESS: "+15551230001"}, {"Identity": ""}):
        assert (await api.post(f"{PATH}/dana", **given)).row == before


async def test_a_date_of_update_may_be_given(api: AccountClient) -> None:
    await api.made(PATH, Identity="dana")
    given = {"DateUpdated": "2024-02-29", "Attributes": "[]"}
    assert (await api.post(f"{PATH}/dana", **given)).row["date_updated"] == "2024-02-29T00:00:00Z"


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"Attributes": "{"}, (400, 50304)),
        ({"Attributes": f'"{"x" * 4095}"'}, (400, 50303)),
        ({"RoleSid": f"RL{HEX}"}, (404, 50109)),
        ({"RoleSid": ""}, (404, 50109)),
        ({"DateCreated": "x"}, (400, 50308)),
        ({"DateUpdated": "x"}, (400, 50309)),
        ({"LastReadMessageIndex": "-1"}, (400, 50421)),
        ({"LastReadMessageIndex": "first"}, (400, 50421)),
        ({"LastReadMessageIndex": "1.0"}, (400, 50421)),
        ({"LastReadMessageIndex": str(2**63)}, (400, 50421)),
        ({"LastReadTimestamp": "yesterday"}, (400, 50405)),
        ({"Identity": "lee"}, (400, 50444)),
        ({"Identity": "dana"}, (400, 50444)),
        ({PROXY: "+15551230002"}, (400, 50441)),
        ({PROXY: ""}, (400, 50440)),
        ({PROXY: "null"}, (400, 50440)),
        ({PROXY: "not a number at all"}, (400, 50408)),
        ({PROJECTED: ""}, (400, 50442)),
        ({PROJECTED: "dana@example.org"}, (400, 50407)),
    ],
)
async def test_a_refused_update_of_a_chat_participant_changes_nothing(
    api: AccountClient, given: dict[str, str], refusal: tuple[int, int]
) -> None:
    before = await api.made(PATH, Identity="dana")
    answer = await api.post(f"{PATH}/dana", **{"Attributes": '{"changed":1}', **given})
    assert answer.refusal == refusal
    assert (await api.get(f"{PATH}/dana")).row == before
    assert [user["identity"] for user in await api.listed("/Users")] == ["dana"]


async def test_an_index_sets_the_timestamp_unless_that_is_given(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze(START)
    await api.made(PATH, Identity="dana")
    for given, index, timestamp in [
        ({"LastReadMessageIndex": "5"}, 5, shown(START)),
        ({"LastReadMessageIndex": "2", "LastReadTimestamp": "2024-02-29"}, 2, "2024-02-29T00:00:00Z"),
        ({"LastReadTimestamp": "2024-03-01"}, 2, "2024-03-01T00:00:00Z"),
        ({"LastReadTimestamp": ""}, 2, None),
        ({"LastReadMessageIndex": str(2**63 - 1)}, 2**63 - 1, shown(START)),
        ({"LastReadMessageIndex": ""}, None, None),
        ({"LastReadMessageIndex": "0"}, 0, shown(START)),
        ({"LastReadMessageIndex": "null"}, None, None),
    ]:
        row = (await api.post(f"{PATH}/dana", **given)).row
        assert (row["last_read_message_index"], row["last_read_timestamp"]) == (index, timestamp)


async def test_a_proxy_address_is_changed_removed_and_added(api: AccountClient) -> None:
    path = f"{PATH}/{(await api.made(PATH, **PAIR))['sid']}"
    changed = (await api.post(path, **{PROXY: "+15551230009"})).row["messaging_binding"]
    assert changed == {"type": "sms", "address": "+15551230001", "proxy_address": "+15551230009"}
    for nothing in ("", "null"):
        removed = (await api.post(path, **{PROXY: nothing})).row["messaging_binding"]
        assert removed == {"type": "sms", "address": "+15551230001"}
        assert (await api.post(path, **{PROXY: nothing})).refusal == (400, 50440)
        await api.post(path, **{PROXY: "+15551230002"})
    assert (await api.get(path)).row["messaging_binding"]["proxy_address"] == "+15551230002"


async def test_a_changed_proxy_address_must_fit_and_be_free(api: AccountClient, talk: str) -> None:
    await api.made(PATH, **{**PAIR, ADDRESS: "+15551230003"})
    path = f"{PATH}/{(await api.made(PATH, **PAIR))['sid']}"
    await api.made("/Conversations", UniqueName="other")
    taken = await api.made("/Conversations/other/Participants", **{**PAIR, PROXY: "+15551230009"})
    assert (await api.post(path, **{PROXY: "+15551230001"})).refusal == (400, 50409)
    assert (await api.post(path, **{PROXY: "whatsapp:+15551230002"})).refusal == (400, 50414)
    answer = await api.post(path, **{PROXY: "+15551230009"})
    assert answer.refusal == (409, 50416)
    assert answer.message.endswith(f" in Conversation {taken['conversation_sid']}")
    assert (await api.post(path, **{PROXY: "+15551230002"})).status == 200  # its own
    assert (await api.get(path)).row["messaging_binding"]["proxy_address"] == "+15551230002"
    again = await api.post("/Conversations/other/Participants", **PAIR)
    assert again.message.endswith(f" in Conversation {talk}")


async def test_a_changed_pair_belongs_to_its_participant(api: AccountClient, talk: str) -> None:
    path = f"{PATH}/{(await api.made(PATH, **PAIR))['sid']}"
    await api.post(path, **{PROXY: "+15551230009"})
    answer = await api.post(PATH, **{**PAIR, PROXY: "+15551230009"})
    assert (answer.refusal, answer.message.rpartition(" ")[2]) == ((409, 50416), talk)
    assert (await api.post(PATH, **PAIR)).status == 201


async def test_a_projected_address_takes_an_identity_once(api: AccountClient) -> None:
    path = f"{PATH}/{(await api.made(PATH, **{PROJECTED: '+15551230003'}))['sid']}"
    given = (await api.post(path, Identity="dana")).row
    assert given["identity"] == "dana"
    assert given["messaging_binding"] == {"type": "sms", "projected_address": "+15551230003"}
    assert (await api.get(f"{PATH}/dana")).row == given
    assert (await api.get("/Users/dana")).status == 200
    assert (await api.post(path, Identity="lee")).refusal == (400, 50444)
    assert (await api.get("/Users/lee")).refusal == NOT_FOUND


async def test_an_identity_is_not_given_to_two_participants(api: AccountClient) -> None:
    await api.made(PATH, Identity="dana")
    path = f"{PATH}/{(await api.made(PATH, **{PROJECTED: '+15551230003'}))['sid']}"
    assert (await api.post(path, Identity="dana")).refusal == (409, 50433)
    assert (await api.post(path, Identity="lee")).row["identity"] == "lee"


async def test_a_projected_address_is_added_and_removed(api: AccountClient) -> None:
    await api.made(PATH, Identity="dana")
    path = f"{PATH}/dana"
    added = (await api.post(path, **{PROJECTED: "+15551230003"})).row["messaging_binding"]
    assert added == {"type": "sms", "projected_address": "+15551230003"}
    for nothing in ("", "null"):
        assert (await api.post(path, **{PROJECTED: nothing})).row["messaging_binding"] is None
        assert (await api.post(path, **{PROJECTED: nothing})).refusal == (400, 50442)
        await api.post(path, **{PROJECTED: "+15551230003"})


async def test_a_participant_with_an_address_takes_neither_identity_nor_projected_address(api: AccountClient) -> None:
    path = f"{PATH}/{(await api.made(PATH, **PAIR))['sid']}"
    before = (await api.get(path)).row
    assert (await api.post(path, Identity="dana")).refusal == (400, 50444)
    assert (await api.post(path, **{PROJECTED: "+15551230003"})).refusal == (400, 50443)
    assert (await api.get(path)).row == before


async def test_participants_are_addressed_by_sid_or_identity_never_by_address(api: AccountClient, talk: str) -> None:
    dana = await api.made(PATH, Identity="dana lee+1@x")
    phone = await api.made(PATH, **PAIR)
    for conversation in ("talk", talk):
        inside = f"/Conversations/{conversation}/Participants"
        assert (await api.get(f"{inside}/dana%20lee+1@x")).row == dana
        assert (await api.get(f"{inside}/{dana['sid']}")).row == dana
        assert (await api.get(f"{inside}/{phone['sid']}")).row == phone
        assert (await api.get(f"{inside}/+15551230001")).refusal == NOT_FOUND


async def test_a_participant_is_removed_and_its_messages_stay(api: AccountClient) -> None:
    first = await api.made(PATH, Identity="dana")
    message = await api.made("/Conversations/talk/Messages", Author="dana", Body="Good morning")
    await api.post("/Users/dana/Conversations/talk", LastReadMessageIndex=0, NotificationLevel="muted")
    assert (await api.delete(f"{PATH}/dana")).status == 204
    for answer in (await api.get(f"{PATH}/dana"), await api.delete(f"{PATH}/{first['sid']}")):
        assert answer.refusal == NOT_FOUND
    assert await api.listed(PATH) == []
    assert await api.listed("/Conversations/talk/Messages") == [message]
    assert message["participant_sid"] == first["sid"]
    assert (await api.get("/Users/dana")).status == 200

    second = await api.made(PATH, Identity="dana")
    assert second["sid"] != first["sid"]
    assert second["last_read_message_index"] is None
    assert (await api.get("/Users/dana/Conversations/talk")).row["notification_level"] == "default"


async def test_participants_are_listed_in_the_order_of_their_creation(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    made = [(await api.made(PATH, Identity=name))["sid"] for name in "cab"]
    clock.advance(timedelta(seconds=1))
    made.append((await api.made(PATH, **PAIR))["sid"])
    await api.post(f"{PATH}/c", Attributes="[]")
    assert [row["sid"] for row in await api.listed(PATH, PageSize=3)] == made
    older = await api.made(PATH, Identity="A", DateCreated="2020-01-01")
    assert [row["sid"] for row in await api.listed(PATH)] == [older["sid"], *made]


async def test_a_participant_of_another_conversation_is_not_found(api: AccountClient) -> None:
    await api.made("/Conversations", UniqueName="other")
    dana = await api.made("/Conversations/other/Participants", Identity="dana")
    for reference in ("dana", dana["sid"], f"MB{HEX}", "MB00"):
        path = f"{PATH}/{reference}"
        for answer in (await api.get(path), await api.post(path, Attributes="{"), await api.delete(path)):
            assert answer.refusal == NOT_FOUND
            assert answer.message == f"The requested resource {api.prefix}{path} was not found"
    assert (await api.get("/Conversations/other/Participants/dana")).row == dana
