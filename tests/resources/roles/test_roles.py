"""Roles: what they may be called and allow, and that one which is needed stays."""

from datetime import timedelta

import pytest

from parlour.resources.roles.model import PERMISSIONS, RoleType
from tests.account_client import NOT_FOUND, AccountClient
from tests.server import MovableClock

pytestmark = pytest.mark.both_forms

INVALID = (400, 20001)
PERMISSION_NOT_FOUND = (400, 50104)
IN_USE = (409, 20409)
UNKNOWN = "RL" + "0" * 32


async def make(api: AccountClient, type: str = "conversation", *permissions: str) -> str:
    """The SID of a new role."""
    allowed = list(permissions) or ["editOwnUserInfo"]
    return str((await api.made("/Roles", FriendlyName="guest", Type=type, Permission=allowed))["sid"])


async def defaults(api: AccountClient) -> dict[str, str]:
    """The SIDs of the roles that the service was born with, by their names."""
    return {role["friendly_name"]: role["sid"] for role in await api.listed("/Roles")}


async def test_a_service_is_born_with_four_roles(api: AccountClient) -> None:
    found = await api.listed("/Roles")
    assert [(role["friendly_name"], role["type"]) for role in found] == [
        ("service admin", "service"),
        ("service user", "service"),
        ("channel admin", "conversation"),
        ("channel user", "conversation"),
    ]
    assert found[1]["permissions"] == ["createConversation", "joinConversation", "editOwnUserInfo"]
    assert {"sendMessage", "leaveConversation"} <= set(found[3]["permissions"]) < set(found[2]["permissions"])
    for role in found:
        again = await api.post("/Roles", FriendlyName="again", Type=role["type"], Permission=role["permissions"])
        assert again.row["permissions"] == role["permissions"]


async def test_a_role_is_created_with_its_permissions_in_the_order_given(
    api: AccountClient, clock: MovableClock
) -> None:
    now = clock.freeze()
    allowed = ["sendMessage", "leaveConversation", "addParticipant"]
    role = await api.made("/Roles", FriendlyName="guest", Type="conversation", Permission=allowed)
    shown = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    assert role == {
        "sid": role["sid"],
        "account_sid": api.account,
        "chat_service_sid": api.service,
        "friendly_name": "guest",
        "type": "conversation",
        "permissions": allowed,
        "date_created": shown,
        "date_updated": shown,
        "url": f"{api.root}/Roles/{role['sid']}",
    }
    assert (await api.get(f"/Roles/{role['sid']}")).row == role


async def test_a_permission_given_twice_counts_once(api: AccountClient) -> None:
    twice = ["sendMessage", "leaveConversation", "sendMessage"]
    role = await api.made("/Roles", FriendlyName="guest", Type="conversation", Permission=twice)
    assert role["permissions"] == ["sendMessage", "leaveConversation"]


@pytest.mark.parametrize("missing", ["FriendlyName", "Type", "Permission"])
async def test_name_type_and_permissions_are_required(api: AccountClient, missing: str) -> None:
    given = {"FriendlyName": "guest", "Type": "service", "Permission": ["addParticipant"]}
    assert (await api.post("/Roles", **given)).status == 201
    del given[missing]
    answer = await api.post("/Roles", **given)
    assert (answer.refusal, answer.message) == (INVALID, f"Missing required parameter {missing} in the post body")


async def test_a_name_has_from_1_to_256_characters_and_need_not_be_unique(api: AccountClient) -> None:
    def named(name: str) -> dict[str, object]:
        return {"FriendlyName": name, "Type": "service", "Permission": ["addParticipant"]}

    for name in ("é" * 256, "é" * 256):
        assert (await api.post("/Roles", **named(name))).row["friendly_name"] == name
    assert (await api.post("/Roles", **named("é" * 257))).refusal == (400, 50003)
    assert (await api.post("/Roles", **named(""))).refusal == (400, 50000)


async def test_a_type_is_service_or_conversation_in_any_letter_case(api: AccountClient) -> None:
    given = {"FriendlyName": "guest", "Permission": ["addParticipant"]}
    assert (await api.post("/Roles", Type="SerVice", **given)).row["type"] == "service"
    for type in ("", "deployment", "channel", "service "):
        assert (await api.post("/Roles", Type=type, **given)).refusal == (400, 50105)


@pytest.mark.parametrize("type", list(RoleType))
async def test_a_role_may_have_the_permissions_of_its_type_only(api: AccountClient, type: RoleType) -> None:
    fitting = [name for name, types in PERMISSIONS.items() if type in types]
    role = await api.made("/Roles", FriendlyName="all", Type=type.value, Permission=fitting)
    assert role["permissions"] == fitting
    for name in PERMISSIONS.keys() - set(fitting):
        answer = await api.post("/Roles", FriendlyName="one", Type=type.value, Permission=name)
        assert answer.refusal == PERMISSION_NOT_FOUND


@pytest.mark.parametrize("name", ["", "sendmessage", "SendMessage", "sendMessage ", "createChannel", "x" * 300])
async def test_an_unknown_permission_is_refused(api: AccountClient, name: str) -> None:
    for given in ([name], ["sendMessage", name]):
        answer = await api.post("/Roles", FriendlyName="guest", Type="conversation", Permission=given)
        assert answer.refusal == PERMISSION_NOT_FOUND


async def test_an_update_replaces_the_whole_set_of_permissions(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    sid = await make(api, "conversation", "sendMessage", "leaveConversation")
    before = (await api.get(f"/Roles/{sid}")).row
    clock.advance(timedelta(seconds=7))
    after = (await api.post(f"/Roles/{sid}", Permission=["editAnyMessage"])).row
    assert after["permissions"] == ["editAnyMessage"]
    assert after["date_updated"] > before["date_updated"] == after["date_created"]
    assert (await api.get(f"/Roles/{sid}")).row == after


async def test_an_update_changes_neither_name_nor_type(api: AccountClient) -> None:
    sid = await make(api, "conversation")
    after = (await api.post(f"/Roles/{sid}", FriendlyName="a", Type="service", Permission="sendMessage")).row
    assert (after["friendly_name"], after["type"]) == ("guest", "conversation")


async def test_an_update_needs_permissions_that_fit_the_type(api: AccountClient) -> None:
    sid = await make(api, "conversation")
    assert (await api.post(f"/Roles/{sid}", Permission="sendMessage")).status == 200
    assert (await api.post(f"/Roles/{sid}", Permission="joinConversation")).refusal == PERMISSION_NOT_FOUND
    assert (await api.post(f"/Roles/{sid}", Permission="")).refusal == PERMISSION_NOT_FOUND
    assert (await api.post(f"/Roles/{sid}")).refusal == INVALID
    assert (await api.get(f"/Roles/{sid}")).row["permissions"] == ["sendMessage"]


async def test_a_role_that_nobody_has_is_deleted(api: AccountClient) -> None:
    sid = await make(api)
    assert (await api.delete(f"/Roles/{sid}")).status == 204
    for answer in (await api.get(f"/Roles/{sid}"), await api.delete(f"/Roles/{sid}")):
        assert answer.refusal == NOT_FOUND
    assert sid not in (await defaults(api)).values()


@pytest.mark.parametrize("name", ["service user", "channel admin", "channel user"])
async def test_a_default_of_the_service_is_not_deleted(api: AccountClient, name: str) -> None:
    sid = (await defaults(api))[name]
    assert (await api.delete(f"/Roles/{sid}")).refusal == IN_USE
    assert (await api.get(f"/Roles/{sid}")).status == 200


async def test_a_born_role_that_is_no_default_can_be_deleted(api: AccountClient) -> None:
    sid = (await defaults(api))["service admin"]
    assert (await api.delete(f"/Roles/{sid}")).status == 204


async def test_a_role_that_a_user_has_is_not_deleted(api: AccountClient) -> None:
    sid = await make(api, "service")
    await api.made("/Users", Identity="dana", RoleSid=sid)
    assert (await api.delete(f"/Roles/{sid}")).refusal == IN_USE
    await api.delete("/Users/dana")
    assert (await api.delete(f"/Roles/{sid}")).status == 204


async def test_a_role_that_a_participant_has_is_not_deleted(api: AccountClient) -> None:
    sid = await make(api, "conversation")
    await api.made("/Conversations", UniqueName="talk")
    await api.made("/Conversations/talk/Participants", Identity="dana", RoleSid=sid)
    assert (await api.delete(f"/Roles/{sid}")).refusal == IN_USE
    await api.delete("/Conversations/talk")
    assert (await api.delete(f"/Roles/{sid}")).status == 204


async def test_a_role_of_another_service_is_not_found(api: AccountClient) -> None:
    other = api.in_service((await api.made("/v1/Services", FriendlyName="another"))["sid"])
    sid = await make(other)
    assert (await other.get(f"/Roles/{sid}")).status == 200
    assert (await api.get(f"/Roles/{sid}")).refusal == NOT_FOUND
    assert (await api.post(f"/Roles/{sid}", Permission="sendMessage")).refusal == NOT_FOUND
    assert (await api.delete(f"/Roles/{sid}")).refusal == NOT_FOUND
    assert sid not in [role["sid"] for role in await api.listed("/Roles")]


@pytest.mark.parametrize("sid", [UNKNOWN, "RL00", "guest", "service admin".replace(" ", "%20")])
async def test_a_role_has_no_other_name_than_its_sid(api: AccountClient, sid: str) -> None:
    await make(api)
    assert (await api.get(f"/Roles/{sid}")).refusal == NOT_FOUND
    assert (await api.post(f"/Roles/{sid}", Permission="nonsense")).refusal == NOT_FOUND
    assert (await api.delete(f"/Roles/{sid}")).refusal == NOT_FOUND


async def test_roles_are_listed_in_the_order_of_their_creation(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    first = [role["sid"] for role in await api.listed("/Roles")]
    made = [await make(api) for _ in range(3)]
    clock.advance(timedelta(seconds=1))
    made.append(await make(api))
    assert [role["sid"] for role in await api.listed("/Roles", PageSize=2)] == first + made
