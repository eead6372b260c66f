"""Users: their identities, what can be changed of them, and what goes with them."""

import json
from datetime import timedelta

import pytest

from tests.house import NOT_FOUND, House
from tests.server import MovableClock

pytestmark = pytest.mark.both_forms

INVALID = (400, 20001)
TAKEN = (409, 50201)
ROLE_NOT_FOUND = (404, 50100)
HEX = "0123456789abcdef" * 2


async def role(house: House, type: str) -> str:
    """The SID of a new role of *type*."""
    made = await house.made("/Roles", FriendlyName="guest", Type=type, Permission=["addParticipant"])
    return str(made["sid"])


async def default_role(house: House) -> str:
    """The SID of the role that a user gets who is given none."""
    return str(next(each["sid"] for each in await house.listed("/Roles") if each["friendly_name"] == "service user"))


async def test_a_user_is_created_with_what_is_usual(house: House, clock: MovableClock) -> None:
    now = clock.freeze()
    user = await house.made("/Users", Identity="dana")
    shown = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    url = f"{house.root}/Users/{user['sid']}"
    assert user == {
        "sid": user["sid"],
        "account_sid": house.account,
        "chat_service_sid": house.service,
        "role_sid": await default_role(house),
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


async def test_a_user_is_created_with_everything_given(house: House) -> None:
    sid = await role(house, "service")
    user = await house.made("/Users", Identity="dana", FriendlyName="Dana", Attributes='{"a": [1]}', RoleSid=sid)
    assert (user["friendly_name"], user["attributes"], user["role_sid"]) == ("Dana", '{"a": [1]}', sid)
    for reference in ("dana", user["sid"]):
        assert (await house.get(f"/Users/{reference}")).row == user


@pytest.mark.parametrize("identity", ["é" * 256, "x", " ", "null", "System", f"us{HEX}", f"US{HEX[:-1]}", f"CH{HEX}"])
async def test_an_identity_may_be_anything_of_1_to_256_characters(house: House, identity: str) -> None:
    assert (await house.post("/Users", Identity=identity)).row["identity"] == identity


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
async def test_but_not_these(house: House, identity: str, refusal: tuple[int, int]) -> None:
    assert (await house.post("/Users", Identity=identity)).refusal == refusal
    assert (await house.get("/Users")).rows == []


async def test_an_identity_is_required(house: House) -> None:
    for given in ({}, {"Identity": ""}, {"FriendlyName": "Dana"}):
        answer = await house.post("/Users", **given)
        assert (answer.refusal, answer.message) == (INVALID, "Missing required parameter Identity in the post body")


async def test_an_identity_is_taken_once_and_letter_case_counts(house: House) -> None:
    await house.made("/Users", Identity="dana")
    answer = await house.post("/Users", Identity="dana")
    assert (answer.refusal, answer.message) == (TAKEN, "User already exists")
    assert (await house.post("/Users", Identity="Dana")).status == 201
    assert (await house.get("/Users/DANA")).refusal == NOT_FOUND


async def test_a_friendly_name_has_at_most_256_characters(house: House) -> None:
    assert (await house.post("/Users", Identity="a", FriendlyName="é" * 256)).status == 201
    assert (await house.post("/Users", Identity="b", FriendlyName="é" * 257)).refusal == (400, 50003)
    assert (await house.post("/Users/a", FriendlyName="é" * 257)).refusal == (400, 50003)


async def test_attributes_are_json_of_at_most_16_kilobytes(house: House) -> None:
    largest = json.dumps("é" * 8191, ensure_ascii=False)
    assert len(largest.encode()) == 16384
    await house.made("/Users", Identity="dana")
    for path, given in (("/Users", {"Identity": "lee"}), ("/Users/dana", {})):
        assert (await house.post(path, Attributes="{", **given)).refusal == (400, 50304)
        assert (await house.post(path, Attributes="", **given)).refusal == (400, 50304)
        assert (await house.post(path, Attributes=largest + " ", **given)).refusal == (400, 50303)
        assert (await house.post(path, Attributes=largest, **given)).row["attributes"] == largest


@pytest.mark.parametrize("sid", ["", "x", f"RL{HEX}", "another type", "another service"])
async def test_a_role_must_be_a_service_role_of_the_service(house: House, sid: str) -> None:
    if sid == "another type":
        sid = await role(house, "conversation")
    if sid == "another service":
        sid = await role(house.in_service((await house.made("/v1/Services", FriendlyName="a"))["sid"]), "service")
    user = await house.made("/Users", Identity="dana", RoleSid=await role(house, "service"))
    assert (await house.post("/Users", Identity="lee", RoleSid=sid)).refusal == ROLE_NOT_FOUND
    assert (await house.post("/Users/dana", RoleSid=sid, FriendlyName="Dana")).refusal == ROLE_NOT_FOUND
    assert await house.listed("/Users") == [user]


async def test_an_update_changes_only_what_was_sent(house: House, clock: MovableClock) -> None:
    clock.freeze()
    before = await house.made("/Users", Identity="dana", FriendlyName="Dana", Attributes='{"a":1}')
    clock.advance(timedelta(minutes=1))
    named = (await house.post("/Users/dana", FriendlyName="D.")).row
    assert named == before | {"friendly_name": "D.", "date_updated": named["date_updated"]}
    assert named["date_updated"] > before["date_updated"]
    given = (await house.post(f"/Users/{before['sid']}", Attributes="[]")).row
    assert given == named | {"attributes": "[]"}
    sid = await role(house, "service")
    assert (await house.post("/Users/dana", RoleSid=sid)).row == given | {"role_sid": sid}
    assert (await house.get("/Users/dana")).row == given | {"role_sid": sid}


async def test_an_update_that_sends_nothing_changes_nothing(house: House, clock: MovableClock) -> None:
    clock.freeze()
    before = await house.made("/Users", Identity="dana", FriendlyName="Dana")
    clock.advance(timedelta(minutes=1))
    for given in ({}, {"Identity": "lee"}, {"Unknown": "x"}):
        assert (await house.post("/Users/dana", **given)).row == before


@pytest.mark.parametrize("nothing", ["", "null"])
async def test_a_friendly_name_is_removed(house: House, nothing: str) -> None:
    await house.made("/Users", Identity="dana", FriendlyName="Dana")
    assert (await house.post("/Users/dana", FriendlyName=nothing)).row["friendly_name"] is None
    assert (await house.made("/Users", Identity="lee", FriendlyName=nothing))["friendly_name"] is None


async def test_an_unknown_user_is_not_found(house: House) -> None:
    for reference in ("nobody", f"US{HEX}", "US00"):
        path = f"/Users/{reference}"
        for answer in (await house.get(path), await house.post(path, FriendlyName="x"), await house.delete(path)):
            assert answer.refusal == NOT_FOUND
            assert answer.message == f"The requested resource {house.prefix}{path} was not found"


async def test_users_are_listed_in_the_order_of_their_creation(house: House, clock: MovableClock) -> None:
    clock.freeze()
    made = [(await house.made("/Users", Identity=name))["sid"] for name in "cab"]
    clock.advance(timedelta(seconds=1))
    made.append((await house.made("/Users", Identity="A"))["sid"])
    await house.post("/Users/c", FriendlyName="changed")
    assert [user["sid"] for user in await house.listed("/Users", PageSize=3)] == made


async def test_a_deleted_user_leaves_every_conversation_and_its_messages_stay(house: House) -> None:
    user = await house.made("/Users", Identity="dana")
    for name in ("one", "two"):
        await house.made("/Conversations", UniqueName=name)
        participant = await house.made(f"/Conversations/{name}/Participants", Identity="dana")
        await house.made(f"/Conversations/{name}/Participants", Identity="lee")
        message = await house.made(f"/Conversations/{name}/Messages", Author="dana", Body="Good morning")
        assert message["participant_sid"] == participant["sid"]
    await house.post("/Conversations/two", State="closed")

    assert (await house.delete("/Users/dana")).status == 204

    for reference in ("dana", user["sid"]):
        assert (await house.get(f"/Users/{reference}")).refusal == NOT_FOUND
        assert (await house.get(f"/Users/{reference}/Conversations")).refusal == NOT_FOUND
        assert (await house.delete(f"/Users/{reference}")).refusal == NOT_FOUND
    assert (await house.get("/ParticipantConversations", Identity="dana")).rows == []
    for name in ("one", "two"):
        left = await house.listed(f"/Conversations/{name}/Participants")
        assert [each["identity"] for each in left] == ["lee"]
        (message,) = await house.listed(f"/Conversations/{name}/Messages")
        assert message["author"] == "dana"


async def test_an_identity_that_comes_back_is_a_new_user(house: House) -> None:
    first = await house.made("/Users", Identity="dana", FriendlyName="Dana")
    await house.delete("/Users/dana")
    second = await house.made("/Users", Identity="dana")
    assert second["sid"] != first["sid"]
    assert second["friendly_name"] is None
    assert (await house.get(f"/Users/{first['sid']}")).refusal == NOT_FOUND
