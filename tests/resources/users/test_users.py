"""Users: their identities, what can be changed of them, and what goes with them."""

import json
from datetime import timedelta

import pytest

from tests.account_client import NOT_FOUND, AccountClient
from tests.server import MovableClock

pytestmark = pytest.mark.both_forms

INVALID = (400, 20001)
TAKEN = (409, 50201)
ROLE_NOT_FOUND = (404, 50100)
HEX = "0123456789abcdef" * 2


async def role(api: AccountClient, type: str) -> str:
    """The SID of a new role of *type*."""
    made = await api.made("/Roles", FriendlyName="guest", Type=type, Permission=["addParticipant"])
    return str(made["sid"])


async def default_role(api: AccountClient) -> str:
    """The SID of the role that a user gets who is given none."""
    return str(next(each["sid"] for each in await api.listed("/Roles") if each["friendly_name"] == "service user"))


async def test_a_user_is_created_with_what_is_usual(api: AccountClient, clock: MovableClock) -> None:
    now = clock.freeze()
    user = await api.made("/Users", Identity="dana")
    shown = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    url = f"{api.root}/Users/{user['sid']}"
    assert user == {
        "sid": user["sid"],
        "account_sid": api.account,
        "chat_service_sid": api.service,
        "role_sid": await default_role(api),
        "identity": "dana",
        "friendly_name": None,
        "attributes": "{}",
        "is_online": None,
        "is_notifiable": None,
        "date_created": shown,
        "date_updated": shown,
        "url": url,
        "links": {"user_conversations": f"{url}/Conversations"},
    }


async def test_a_user_is_created_with_everything_given(api: AccountClient) -> None:
    sid = await role(api, "service")
    user = await api.made("/Users", Identity="dana", FriendlyName="Dana", Attributes='{"a": [1]}', RoleSid=sid)
    assert (user["friendly_name"], user["attributes"], user["role_sid"]) == ("Dana", '{"a": [1]}', sid)
    for reference in ("dana", user["sid"]):
        assert (await api.get(f"/Users/{reference}")).row == user


@pytest.mark.parametrize("identity", ["é" * 256, "x", " ", "null", "System", f"us{HEX}", f"US{HEX[:-1]}", f"CH{HEX}"])
async def test_an_identity_may_be_anything_of_1_to_256_characters(api: AccountClient, identity: str) -> None:
    assert (await api.post("/Users", Identity=identity)).row["identity"] == identity


@pytest.mark.parametrize(
    ("identity", "refusal"),
    [
        ("", INVALID),
        ("é" * 257, (400, 50207)),
        ("system", (400, 50203)),
        (f"US{HEX}", (400, 50206)),
        (f"US{HEX.upper()}", (400, 50206)),
    ],
)
async def test_but_not_these(api: AccountClient, identity: str, refusal: tuple[int, int]) -> None:
    assert (await api.post("/Users", Identity=identity)).refusal == refusal
    assert (await api.get("/Users")).rows == []


async def test_an_identity_is_required(api: AccountClient) -> None:
    for given in ({}, {"Identity": ""}, {"FriendlyName": "Dana"}):
        answer = await api.post("/Users", **given)
        assert (answer.refusal, answer.message) == (INVALID, "Missing required parameter Identity in the post body")


async def test_an_identity_is_taken_once_and_letter_case_counts(api: AccountClient) -> None:
    await api.made("/Users", Identity="dana")
    answer = await api.post("/Users", Identity="dana")
    assert (answer.refusal, answer.message) == (TAKEN, "User already exists")
    assert (await api.post("/Users", Identity="Dana")).status == 201
    assert (await api.get("/Users/DANA")).refusal == NOT_FOUND


async def test_a_friendly_name_has_at_most_256_characters(api: AccountClient) -> None:
    assert (await api.post("/Users", Identity="a", FriendlyName="é" * 256)).status == 201
    assert (await api.post("/Users", Identity="b", FriendlyName="é" * 257)).refusal == (400, 50003)
    assert (await api.post("/Users/a", FriendlyName="é" * 257)).refusal == (400, 50003)


async def test_attributes_are_json_of_at_most_16_kilobytes(api: AccountClient) -> None:
    largest = json.dumps("é" * 8191, ensure_ascii=False)
    assert len(largest.encode()) == 16384
    await api.made("/Users", Identity="dana")
    for path, given in (("/Users", {"Identity": "lee"}), ("/Users/dana", {})):
        assert (await api.post(path, Attributes="{", **given)).refusal == (400, 50304)
        assert (await api.post(path, Attributes="", **given)).refusal == (400, 50304)
        assert (await api.post(path, Attributes=largest + " ", **given)).refusal == (400, 50303)
        assert (await api.post(path, Attributes=largest, **given)).row["attributes"] == largest


@pytest.mark.parametrize("sid", ["", "x", f"RL{HEX}", "another type", "another service"])
async def test_a_role_must_be_a_service_role_of_the_service(api: AccountClient, sid: str) -> None:
    if sid == "another type":
        sid = await role(api, "conversation")
    if sid == "another service":
        sid = await role(api.in_service((await api.made("/v1/Services", FriendlyName="a"))["sid"]), "service")
    user = await api.made("/Users", Identity="dana", RoleSid=await role(api, "service"))
    assert (await api.post("/Users", Identity="lee", RoleSid=sid)).refusal == ROLE_NOT_FOUND
    assert (await api.post("/Users/dana", RoleSid=sid, FriendlyName="Dana")).refusal == ROLE_NOT_FOUND
    assert await api.listed("/Users") == [user]


async def test_an_update_changes_only_what_was_sent(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    before = await api.made("/Users", Identity="dana", FriendlyName="Dana", Attributes='{"a":1}')
    clock.advance(timedelta(minutes=1))
    named = (await api.post("/Users/dana", FriendlyName="D.")).row
    assert named == before | {"friendly_name": "D.", "date_updated": named["date_updated"]}
    assert named["date_updated"] > before["date_updated"]
    given = (await api.post(f"/Users/{before['sid']}", Attributes="[]")).row
    assert given == named | {"attributes": "[]"}
    sid = await role(api, "service")
    assert (await api.post("/Users/dana", RoleSid=sid)).row == given | {"role_sid": sid}
    assert (await api.get("/Users/dana")).row == given | {"role_sid": sid}


async def test_an_update_that_sends_nothing_changes_nothing(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    before = await api.made("/Users", Identity="dana", FriendlyName="Dana")
    clock.advance(timedelta(minutes=1))
    for given in ({}, {"Identity": "lee"}, {"Unknown": "x"}):
        assert (await api.post("/Users/dana", **given)).row == before


@pytest.mark.parametrize("nothing", ["", "null"])
async def test_a_friendly_name_is_removed(api: AccountClient, nothing: str) -> None:
    await api.made("/Users", Identity="dana", FriendlyName="Dana")
    assert (await api.post("/Users/dana", FriendlyName=nothing)).row["friendly_name"] is None
    assert (await api.made("/Users", Identity="lee", FriendlyName=nothing))["friendly_name"] is None


async def test_an_unknown_user_is_not_found(api: AccountClient) -> None:
    for reference in ("nobody", f"US{HEX}", "US00"):
        path = f"/Users/{reference}"
        for answer in (await api.get(path), await api.post(path, FriendlyName="x"), await api.delete(path)):
            assert answer.refusal == NOT_FOUND
            assert answer.message == f"The requested resource {api.prefix}{path} was not found"


async def test_users_are_listed_in_the_order_of_their_creation(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    made = [(await api.made("/Users", Identity=name))["sid"] for name in "cab"]
    clock.advance(timedelta(seconds=1))
    made.append((await api.made("/Users", Identity="A"))["sid"])
    await api.post("/Users/c", FriendlyName="changed")
    assert [user["sid"] for user in await api.listed("/Users", PageSize=3)] == made


async def test_a_deleted_user_leaves_every_conversation_and_its_messages_stay(api: AccountClient) -> None:
    user = await api.made("/Users", Identity="dana")
    for name in ("one", "two"):
        await api.made("/Conversations", UniqueName=name)
        participant = await api.made(f"/Conversations/{name}/Participants", Identity="dana")
        await api.made(f"/Conversations/{name}/Participants", Identity="lee")
        message = await api.made(f"/Conversations/{name}/Messages", Author="dana", Body="Good morning")
        assert message["participant_sid"] == participant["sid"]
    await api.post("/Conversations/two", State="closed")

    assert (await api.delete("/Users/dana")).status == 204

    for reference in ("dana", user["sid"]):
        assert (await api.get(f"/Users/{reference}")).refusal == NOT_FOUND
        assert (await api.get(f"/Users/{reference}/Conversations")).refusal == NOT_FOUND
        assert (await api.delete(f"/Users/{reference}")).refusal == NOT_FOUND
    assert (await api.get("/ParticipantConversations", Identity="dana")).rows == []
    for name in ("one", "two"):
        left = await api.listed(f"/Conversations/{name}/Participants")
        assert [each["identity"] for each in left] == ["lee"]
        (message,) = await api.listed(f"/Conversations/{name}/Messages")
        assert message["author"] == "dana"


async def test_an_identity_that_comes_back_is_a_new_user(api: AccountClient) -> None:
    first = await api.made("/Users", Identity="dana", FriendlyName="Dana")
    await api.delete("/Users/dana")
    second = await api.made("/Users", Identity="dana")
    assert second["sid"] != first["sid"]
    assert second["friendly_name"] is None
    assert (await api.get(f"/Users/{first['sid']}")).refusal == NOT_FOUND
