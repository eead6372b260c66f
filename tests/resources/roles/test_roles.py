"""Roles: what they may be called and allow, and that one which is needed stays."""

from datetime import timedelta

import pytest

from parlour.resources.roles.model import PERMISSIONS, RoleType
from tests.house import NOT_FOUND, House
from tests.server import MovableClock

pytestmark = pytest.mark.both_forms

INVALID = (400, 20001)
PERMISSION_NOT_FOUND = (400, 50104)
IN_USE = (409, 20409)
UNKNOWN = "RL" + "0" * 32


async def make(house: House, type: str = "conversation", *permissions: str) -> str:
    """The SID of a new role."""
    allowed = list(permissions) or ["editOwnUserInfo"]
    return str((await house.made("/Roles", FriendlyName="guest", Type=type, Permission=allowed))["sid"])


async def defaults(house: House) -> dict[str, str]:
    """The SIDs of the roles that the service was born with, by their names."""
    return {role["friendly_name"]: role["sid"] for role in await house.listed("/Roles")}


async def test_a_service_is_born_with_four_roles(house: House) -> None:
    found = await house.listed("/Roles")
    assert [(role["friendly_name"], role["type"]) for role in found] == [
        ("service admin", "service"),
        ("service user", "service"),
        ("channel admin", "conversation"),
        ("channel user", "conversation"),
    ]
    assert found[1]["permissions"] == ["createConversation", "joinConversation", "editOwnUserInfo"]
    assert {"sendMessage", "leaveConversation"} <= set(found[3]["permissions"]) < set(found[2]["permissions"])
    for role in found:
        again = await house.post("/Roles", FriendlyName="again", Type=role["type"], Permission=role["permissions"])
        assert again.row["permissions"] == role["permissions"]


async def test_a_role_is_created_with_its_permissions_in_the_order_given(house: House, clock: MovableClock) -> None:
    now = clock.freeze()
    allowed = ["sendMessage", "leaveConversation", "addParticipant"]
    role = await house.made("/Roles", FriendlyName="guest", Type="conversation", Permission=allowed)
    shown = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    assert role == {
        "sid": role["sid"],
        "account_sid": house.account,
        "chat_service_sid": house.service,
        "friendly_name": "guest",
        "type": "conversation",
        "permissions": allowed,
        "date_created": shown,
        "date_updated": shown,
        "url": f"{house.root}/Roles/{role['sid']}",
    }
    assert (await house.get(f"/Roles/{role['sid']}")).row == role


async def test_a_permission_given_twice_counts_once(house: House) -> None:
    twice = ["sendMessage", "leaveConversation", "sendMessage"]
    role = await house.made("/Roles", FriendlyName="guest", Type="conversation", Permission=twice)
    assert role["permissions"] == ["sendMessage", "leaveConversation"]


@pytest.mark.parametrize("missing", ["FriendlyName", "Type", "Permission"])
async def test_name_type_and_permissions_are_required(house: House, missing: str) -> None:
    given = {"FriendlyName": "guest", "Type": "service", "Permission": ["addParticipant"]}
    assert (await house.post("/Roles", **given)).status == 201
    del given[missing]
    answer = await house.post("/Roles", **given)
    assert (answer.refusal, answer.message) == (INVALID, f"Missing required parameter {missing} in the post body")


async def test_a_name_has_from_1_to_256_characters_and_need_not_be_unique(house: House) -> None:
    def named(name: str) -> dict[str, object]:
        return {"FriendlyName": name, "Type": "service", "Permission": ["addParticipant"]}

    for name in ("é" * 256, "é" * 256):
        assert (await house.post("/Roles", **named(name))).row["friendly_name"] == name
    assert (await house.post("/Roles", **named("é" * 257))).refusal == (400, 50003)
    assert (await house.post("/Roles", **named(""))).refusal == (400, 50000)


async def test_a_type_is_service_or_conversation_in_any_letter_case(house: House) -> None:
    given = {"FriendlyName": "guest", "Permission": ["addParticipant"]}
    assert (await house.post("/Roles", Type="SerVice", **given)).row["type"] == "service"
    for type in ("", "deployment", "channel", "service "):
        assert (await house.post("/Roles", Type=type, **given)).refusal == (400, 50105)


@pytest.mark.parametrize("type", list(RoleType))
async def test_a_role_may_have_the_permissions_of_its_type_only(house: House, type: RoleType) -> None:
    fitting = [name for name, types in PERMISSIONS.items() if type in types]
    role = await house.made("/Roles", FriendlyName="all", Type=type.value, Permission=fitting)
    assert role["permissions"] == fitting
    for name in PERMISSIONS.keys() - set(fitting):
        answer = await house.post("/Roles", FriendlyName="one", Type=type.value, Permission=name)
        assert answer.refusal == PERMISSION_NOT_FOUND


@pytest.mark.parametrize("name", ["", "sendmessage", "SendMessage", "sendMessage ", "createChannel", "x" * 300])
async def test_an_unknown_permission_is_refused(house: House, name: str) -> None:
    for given in ([name], ["sendMessage", name]):
        answer = await house.post("/Roles", FriendlyName="guest", Type="conversation", Permission=given)
        assert answer.refusal == PERMISSION_NOT_FOUND


async def test_an_update_replaces_the_whole_set_of_permissions(house: House, clock: MovableClock) -> None:
    clock.freeze()
    sid = await make(house, "conversation", "sendMessage", "leaveConversation")
    before = (await house.get(f"/Roles/{sid}")).row
    clock.advance(timedelta(seconds=7))
    after = (await house.post(f"/Roles/{sid}", Permission=["editAnyMessage"])).row
    assert after["permissions"] == ["editAnyMessage"]
    assert after["date_updated"] > before["date_updated"] == after["date_created"]
    assert (await house.get(f"/Roles/{sid}")).row == after


async def test_an_update_changes_neither_name_nor_type(house: House) -> None:
    sid = await make(house, "conversation")
    after = (await house.post(f"/Roles/{sid}", FriendlyName="a", Type="service", Permission="sendMessage")).row
    assert (after["friendly_name"], after["type"]) == ("guest", "conversation")


async def test_an_update_needs_permissions_that_fit_the_type(house: House) -> None:
    sid = await make(house, "conversation")
    assert (await house.post(f"/Roles/{sid}", Permission="sendMessage")).status == 200
    assert (await house.post(f"/Roles/{sid}", Permission="joinConversation")).refusal == PERMISSION_NOT_FOUND
    assert (await house.post(f"/Roles/{sid}", Permission="")).refusal == PERMISSION_NOT_FOUND
    assert (await house.post(f"/Roles/{sid}")).refusal == INVALID
    assert (await house.get(f"/Roles/{sid}")).row["permissions"] == ["sendMessage"]


async def test_a_role_that_nobody_has_is_deleted(house: House) -> None:
    sid = await make(house)
    assert (await house.delete(f"/Roles/{sid}")).status == 204
    for answer in (await house.get(f"/Roles/{sid}"), await house.delete(f"/Roles/{sid}")):
        assert answer.refusal == NOT_FOUND
    assert sid not in (await defaults(house)).values()


@pytest.mark.parametrize("name", ["service user", "channel admin", "channel user"])
async def test_a_default_of_the_service_is_not_deleted(house: House, name: str) -> None:
    sid = (await defaults(house))[name]
    assert (await house.delete(f"/Roles/{sid}")).refusal == IN_USE
    assert (await house.get(f"/Roles/{sid}")).status == 200


async def test_a_born_role_that_is_no_default_can_be_deleted(house: House) -> None:
    sid = (await defaults(house))["service admin"]
    assert (await house.delete(f"/Roles/{sid}")).status == 204


async def test_a_role_that_a_user_has_is_not_deleted(house: House) -> None:
    sid = await make(house, "service")
    await house.made("/Users", Identity="dana", RoleSid=sid)
    assert (await house.delete(f"/Roles/{sid}")).refusal == IN_USE
    await house.delete("/Users/dana")
    assert (await house.delete(f"/Roles/{sid}")).status == 204


async def test_a_role_that_a_participant_has_is_not_deleted(house: House) -> None:
    sid = await make(house, "conversation")
    await house.made("/Conversations", UniqueName="talk")
    await house.made("/Conversations/talk/Participants", Identity="dana", RoleSid=sid)
    assert (await house.delete(f"/Roles/{sid}")).refusal == IN_USE
    await house.delete("/Conversations/talk")
    assert (await house.delete(f"/Roles/{sid}")).status == 204


async def test_a_role_of_another_service_is_not_found(house: House) -> None:
    other = house.in_service((await house.made("/v1/Services", FriendlyName="another"))["sid"])
    sid = await make(other)
    assert (await other.get(f"/Roles/{sid}")).status == 200
    assert (await house.get(f"/Roles/{sid}")).refusal == NOT_FOUND
    assert (await house.post(f"/Roles/{sid}", Permission="sendMessage")).refusal == NOT_FOUND
    assert (await house.delete(f"/Roles/{sid}")).refusal == NOT_FOUND
    assert sid not in [role["sid"] for role in await house.listed("/Roles")]


@pytest.mark.parametrize("sid", [UNKNOWN, "RL00", "guest", "service admin".replace(" ", "%20")])
async def test_a_role_has_no_other_name_than_its_sid(house: House, sid: str) -> None:
    await make(house)
    assert (await house.get(f"/Roles/{sid}")).refusal == NOT_FOUND
    assert (await house.post(f"/Roles/{sid}", Permission="nonsense")).refusal == NOT_FOUND
    assert (await house.delete(f"/Roles/{sid}")).refusal == NOT_FOUND


async def test_roles_are_listed_in_the_order_of_their_creation(house: House, clock: MovableClock) -> None:
    clock.freeze()
    first = [role["sid"] for role in await house.listed("/Roles")]
    made = [await make(house) for _ in range(3)]
    clock.advance(timedelta(seconds=1))
    made.append(await make(house))
    assert [role["sid"] for role in await house.listed("/Roles", PageSize=2)] == first + made
