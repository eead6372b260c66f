"""Changing conversations: only what was sent, the states they can take, and how their timers run."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.account_client import NOT_FOUND, AccountClient
from tests.server import MovableClock

pytestmark = pytest.mark.both_forms

HEX = "0123456789abcdef" * 2
PATH = "/Conversations"
CLOSED = (400, 50377)
START = datetime(2026, 5, 1, 12, tzinfo=UTC)


def shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
async def talk(api: AccountClient) -> str:
    """The path of a conversation with the unique name talk."""
    await api.made(PATH, UniqueName="talk", FriendlyName="Talk", Attributes='{"a":1}')
    return f"{PATH}/talk"


async def test_an_update_changes_only_what_was_sent(api: AccountClient, talk: str, clock: MovableClock) -> None:
    clock.freeze(datetime(2027, 1, 1, tzinfo=UTC))
    state = (await api.get(talk)).row
    changes: list[tuple[dict[str, str], dict[str, Any]]] = [
        ({"FriendlyName": "Order"}, {"friendly_name": "Order"}),
        ({"Attributes": "[]"}, {"attributes": "[]"}),
        ({"MessagingServiceSid": f"MG{HEX}"}, {"messaging_service_sid": f"MG{HEX}"}),
        ({"Bindings.Email.Name": "Desk"}, {"bindings": {"email": {"projected_address": None, "name": "Desk"}}}),
        ({"DateCreated": "2024-02-29"}, {"date_created": "2024-02-29T00:00:00Z"}),
        ({"State": "inactive"}, {"state": "inactive"}),
        ({"State": "active"}, {"state": "active"}),
    ]
    for given, changed in changes:
        clock.advance(timedelta(seconds=1))
        state |= {**changed, "date_updated": shown(clock.now())}
        assert (await api.post(talk, **given)).row == state
        assert (await api.get(f"{PATH}/{state['sid']}")).row == state


async def test_an_update_that_sends_nothing_changes_nothing(api: AccountClient, talk: str, clock: MovableClock) -> None:
    before = (await api.get(talk)).row
    clock.advance(timedelta(hours=1))
    for given in ({}, {"Unknown": "x"}, {"uniquename": "x"}):
        assert (await api.post(talk, **given)).row == before


async def test_a_date_of_update_may_be_given(api: AccountClient, talk: str) -> None:
    assert (await api.post(talk, DateUpdated="2024-02-29")).row["date_updated"] == "2024-02-29T00:00:00Z"
    assert (await api.post(talk, DateUpdated="x")).refusal == (400, 50309)
    assert (await api.post(talk, DateCreated="x")).refusal == (400, 50308)


@pytest.mark.parametrize("nothing", ["", "null"])
async def test_names_are_removed(api: AccountClient, talk: str, nothing: str) -> None:
    sid = (await api.get(talk)).row["sid"]
    given = {"UniqueName": nothing, "FriendlyName": nothing, "MessagingServiceSid": nothing}
    changed = (await api.post(talk, **given)).row
    assert (changed["unique_name"], changed["friendly_name"], changed["messaging_service_sid"]) == (None, None, None)
    assert (await api.get(talk)).refusal == NOT_FOUND
    assert (await api.get(f"{PATH}/{sid}")).row == changed
    assert (await api.post(PATH, UniqueName="talk")).status == 201


async def test_a_unique_name_is_changed_unless_it_is_taken(api: AccountClient, talk: str) -> None:
    await api.made(PATH, UniqueName="other")
    assert (await api.post(talk, UniqueName="other")).refusal == (409, 50353)
    assert (await api.post(talk, UniqueName="talk")).status == 200
    assert (await api.post(talk, UniqueName="third")).row["unique_name"] == "third"
    assert (await api.get(talk)).refusal == NOT_FOUND
    assert (await api.get(f"{PATH}/third")).status == 200


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"FriendlyName": "é" * 257}, 50003),
        ({"UniqueName": "é" * 257}, 50004),
        ({"UniqueName": f"CH{HEX}"}, 50390),
        ({"Attributes": "{"}, 50304),
        ({"Attributes": f'"{"x" * 16383}"'}, 50303),
        ({"MessagingServiceSid": "x"}, 50341),
        ({"State": "open"}, 50378),
        ({"State": "initializing"}, 50378),
        ({"State": ""}, 50374),
        ({"Timers.Inactive": "PT59S"}, 50375),
        ({"Timers.Closed": "PT599S"}, 50376),
        ({"Timers.Inactive": "x"}, 50379),
        ({"Timers.Closed": "x"}, 50380),
    ],
)
async def test_a_refused_update_changes_nothing_at_all(
    api: AccountClient, talk: str, given: dict[str, str], refusal: int
) -> None:
    before = (await api.get(talk)).row
    assert (await api.post(talk, **{"FriendlyName": "changed", **given})).refusal == (400, refusal)
    assert (await api.get(talk)).row == before


@pytest.mark.parametrize("reference", ["nothing", f"CH{HEX}", "CH00"])
async def test_an_unknown_conversation_is_not_found(api: AccountClient, reference: str) -> None:
    path = f"{PATH}/{reference}"
    for answer in (await api.get(path), await api.post(path, State=""), await api.delete(path)):
        assert answer.refusal == NOT_FOUND
        assert answer.message == f"The requested resource {api.prefix}{path} was not found"


async def test_a_conversation_of_another_service_is_not_found(api: AccountClient, talk: str) -> None:
    other = api.in_service((await api.made("/v1/Services", FriendlyName="another"))["sid"])
    sid = (await api.get(talk)).row["sid"]
    for path in (talk, f"{PATH}/{sid}"):
        for answer in (await other.get(path), await other.post(path, FriendlyName="x"), await other.delete(path)):
            assert answer.refusal == NOT_FOUND
    assert (await api.get(talk)).row["friendly_name"] == "Talk"


async def test_a_state_changes_to_and_fro_until_it_is_closed(api: AccountClient, talk: str) -> None:
    for state in ("inactive", "inactive", "active", "active", "inactive", "closed"):
        assert (await api.post(talk, State=state.upper())).row["state"] == state
    for state in ("active", "inactive", "closed"):
        assert (await api.post(talk, State=state)).refusal == CLOSED
    assert (await api.get(talk)).row["state"] == "closed"


async def test_setting_timers_starts_them_at_that_moment(api: AccountClient, talk: str, clock: MovableClock) -> None:
    clock.freeze(START)
    both = (await api.post(talk, **{"Timers.Inactive": "PT1H", "Timers.Closed": "PT2H"})).row["timers"]
    assert both == {
        "date_inactive": shown(START + timedelta(hours=1)),
        "date_closed": shown(START + timedelta(hours=2)),
    }
    clock.advance(timedelta(minutes=5))
    assert (await api.post(talk, FriendlyName="x")).row["timers"] == both
    again = (await api.post(talk, **{"Timers.Inactive": "PT30M"})).row["timers"]
    assert again == {
        "date_inactive": shown(START + timedelta(minutes=35)),
        "date_closed": shown(START + timedelta(minutes=125)),
    }
    for nothing in ("", "PT0S"):
        assert set((await api.post(talk, **{"Timers.Inactive": nothing})).row["timers"]) == {"date_closed"}
    assert (await api.post(talk, **{"Timers.Closed": ""})).row["timers"] == {}


async def test_timers_follow_the_state(api: AccountClient, talk: str, clock: MovableClock) -> None:
    clock.freeze(START)
    await api.post(talk, **{"Timers.Inactive": "PT1H", "Timers.Closed": "PT2H"})
    clock.advance(timedelta(minutes=10))
    inactive = (await api.post(talk, State="inactive")).row["timers"]
    assert inactive == {"date_closed": shown(START + timedelta(minutes=130))}
    clock.advance(timedelta(minutes=10))
    active = (await api.post(talk, State="active")).row["timers"]
    assert active == {
        "date_inactive": shown(START + timedelta(minutes=80)),
        "date_closed": shown(START + timedelta(minutes=140)),
    }
    assert (await api.post(talk, State="closed")).row["timers"] == {}


async def test_a_message_restarts_both_timers_and_changes_no_date(
    api: AccountClient, talk: str, clock: MovableClock
) -> None:
    clock.freeze(START)
    before = (await api.post(talk, **{"Timers.Inactive": "PT1H", "Timers.Closed": "PT2H"})).row
    clock.advance(timedelta(minutes=10))
    await api.made(f"{talk}/Messages", Body="Good morning")
    after = (await api.get(talk)).row
    assert after["timers"] == {
        "date_inactive": shown(START + timedelta(minutes=70)),
        "date_closed": shown(START + timedelta(minutes=130)),
    }
    assert after | {"timers": before["timers"]} == before


async def test_a_message_wakes_an_inactive_conversation(api: AccountClient, talk: str, clock: MovableClock) -> None:
    clock.freeze(START)
    await api.post(talk, State="inactive", **{"Timers.Inactive": "PT1H"})
    clock.advance(timedelta(minutes=10))
    await api.made(f"{talk}/Participants", Identity="dana")
    assert (await api.get(talk)).row["state"] == "inactive"
    await api.made(f"{talk}/Messages", Body="Good morning")
    awake = (await api.get(talk)).row
    assert (awake["state"], awake["date_updated"]) == ("active", shown(START + timedelta(minutes=10)))
    assert awake["timers"] == {"date_inactive": shown(START + timedelta(minutes=70))}


async def test_a_closed_conversation_refuses_every_change_and_can_be_read_and_deleted(
    api: AccountClient, talk: str
) -> None:
    participant = await api.made(f"{talk}/Participants", Identity="dana")
    message = await api.made(f"{talk}/Messages", Body="Good morning", Author="dana")
    changes: list[tuple[str, str, dict[str, str]]] = [
        ("POST", talk, {"FriendlyName": "x"}),
        ("POST", f"{talk}/Participants", {"Identity": "lee"}),
        ("POST", f"{talk}/Participants/dana", {"Attributes": "[]"}),
        ("POST", f"{talk}/Messages", {"Body": "Good day"}),
        ("POST", f"{talk}/Messages/{message['sid']}", {"Body": "Good day"}),
        ("POST", "/Users/dana/Conversations/talk", {"NotificationLevel": "muted"}),
        ("DELETE", f"{talk}/Messages/{message['sid']}", {}),
        ("DELETE", f"{talk}/Participants/{participant['sid']}", {}),
        ("DELETE", "/Users/dana/Conversations/talk", {}),
    ]
    await api.post(talk, State="closed")
    before = [(await api.get(path)).rows for path in (f"{talk}/Participants", f"{talk}/Messages")]

    for method, path, given in changes:
        answer = await (api.post(path, **given) if method == "POST" else api.delete(path))
        assert answer.refusal == CLOSED, path
    assert [(await api.get(path)).rows for path in (f"{talk}/Participants", f"{talk}/Messages")] == before
    assert [len(rows) for rows in before] == [1, 1]
    assert (await api.get("/Users/dana/Conversations/talk")).row["conversation_state"] == "closed"
    assert (await api.get("/Users/lee")).refusal == NOT_FOUND
    assert (await api.delete(talk)).status == 204


async def test_what_a_closed_conversation_refuses_an_open_one_accepts(api: AccountClient, talk: str) -> None:
    await api.made(f"{talk}/Participants", Identity="dana")
    message = await api.made(f"{talk}/Messages", Body="Good morning", Author="dana")
    for state in ("active", "inactive"):
        await api.post(talk, State=state)
        assert (await api.post(talk, FriendlyName="x")).status == 200
        assert (await api.post(f"{talk}/Participants/dana", Attributes="[]")).status == 200
        assert (await api.post(f"{talk}/Messages/{message['sid']}", Body="Good day")).status == 200
        assert (await api.post("/Users/dana/Conversations/talk", NotificationLevel="muted")).status == 200
        assert (await api.get(talk)).row["state"] == state


async def test_a_missing_row_is_told_before_the_closed_state(api: AccountClient, talk: str) -> None:
    await api.post(talk, State="closed")
    for path in (f"{talk}/Messages/IM{HEX}", f"{talk}/Participants/nobody"):
        assert (await api.post(path, Attributes="[]")).refusal == NOT_FOUND
        assert (await api.delete(path)).refusal == NOT_FOUND
