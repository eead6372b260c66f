"""The settings of a service: its default roles, whom they are given to, and that one which is a default stays."""

import asyncio
from datetime import timedelta

import pytest

from parlour.core.actor import QUIET_SYSTEM
from parlour.core.scope import Scope
from parlour.resources.roles import queries as roles
from parlour.resources.services import queries as services
from parlour.storage.transaction import Reading
from tests.account_client import NOT_FOUND, AccountClient
from tests.server import MovableClock

CONFIGURATION = "/Configuration"
CREATOR, CONVERSATION, SERVICE = (
    "DefaultConversationCreatorRoleSid",
    "DefaultConversationRoleSid",
    "DefaultChatServiceRoleSid",
)
DEFAULTS = {
    CREATOR: ("conversation", "default_conversation_creator_role_sid", (404, 50106)),
    CONVERSATION: ("conversation", "default_conversation_role_sid", (404, 50109)),
    SERVICE: ("service", "default_chat_service_role_sid", (404, 50102)),
}
"""Of each default the type of its role, the key in the answer, and the refusal of any other role."""
IN_USE = (409, 20409)
UNKNOWN = "RL" + "0" * 32
WAITING = """
    select count(*) from pg_stat_activity
    where wait_event_type = 'Lock' and datname = current_database() and query like $1
"""

by_default = pytest.mark.parametrize("name", DEFAULTS)


@pytest.fixture
def service(api: AccountClient) -> AccountClient:
    """The account's default service, which is always named here."""
    return api.in_service(api.service)


async def role(service: AccountClient, type: str) -> str:
    """The SID of a new role."""
    made = await service.made("/Roles", FriendlyName="guest", Type=type, Permission=["editOwnUserInfo"])
    return str(made["sid"])


async def until_waiting(reading: Reading, statement: str) -> None:
    """Returns when a statement that is like *statement* waits for a lock of another transaction."""
    async with asyncio.timeout(10):
        while not await reading.fetchval(WAITING, statement):
            pass  # asked again at once; the statement itself gives way to others


async def test_a_service_begins_with_the_roles_that_it_is_born_with(service: AccountClient) -> None:
    born = {each["friendly_name"]: each["sid"] for each in await service.listed("/Roles")}
    url = f"{service.url}/v1/Services/{service.service}/Configuration"
    assert (await service.get(CONFIGURATION)).row == {
        "chat_service_sid": service.service,
        "default_conversation_creator_role_sid": born["channel admin"],
        "default_conversation_role_sid": born["channel user"],
        "default_chat_service_role_sid": born["service user"],
        "reachability_enabled": False,
        "url": url,
        "links": {"notifications": f"{url}/Notifications", "webhooks": f"{url}/Webhooks"},
    }


async def test_the_links_lead_to_the_other_settings(service: AccountClient) -> None:
    row = (await service.get(CONFIGURATION)).row
    for address in (row["url"], *row["links"].values()):
        assert (await service.get(address)).row["url"] == address
    assert (await service.get("/v1/Configuration")).row["links"]["service"] == row["url"]


@by_default
async def test_only_what_was_sent_changes(service: AccountClient, name: str) -> None:
    type, key, _ = DEFAULTS[name]
    before = (await service.get(CONFIGURATION)).row
    sid = await role(service, type)
    after = (await service.post(CONFIGURATION, **{name: sid})).row
    assert after == {**before, key: sid}
    reachable = (await service.post(CONFIGURATION, ReachabilityEnabled=True)).row
    assert reachable == {**after, "reachability_enabled": True}
    assert (await service.post(CONFIGURATION)).row == (await service.get(CONFIGURATION)).row == reachable


async def test_reachability_is_true_or_false(service: AccountClient) -> None:
    for sent, shown in (("True", True), ("false", False)):
        assert (await service.post(CONFIGURATION, ReachabilityEnabled=sent)).row["reachability_enabled"] is shown
    for wrong in ("", "1", "null"):
        answer = await service.post(CONFIGURATION, ReachabilityEnabled=wrong)
        assert (answer.refusal, answer.message) == ((400, 20001), "Invalid parameter ReachabilityEnabled")


@by_default
@pytest.mark.parametrize("wrong", [UNKNOWN, "", "guest", "null", "the other type", "another service"])
async def test_a_default_is_a_role_of_the_service_and_of_its_type(
    service: AccountClient, name: str, wrong: str
) -> None:
    type, _, refusal = DEFAULTS[name]
    if wrong == "the other type":
        wrong = await role(service, "service" if type == "conversation" else "conversation")
    elif wrong == "another service":
        wrong = await role(service.in_service((await service.made("/v1/Services", FriendlyName="a"))["sid"]), type)
    before = (await service.get(CONFIGURATION)).row
    assert (await service.post(CONFIGURATION, ReachabilityEnabled=True, **{name: wrong})).refusal == refusal
    assert (await service.get(CONFIGURATION)).row == before


@by_default
async def test_a_default_of_another_account_is_not_found(
    service: AccountClient, other_api: AccountClient, name: str
) -> None:
    type, _, refusal = DEFAULTS[name]
    assert (await service.post(CONFIGURATION, **{name: await role(other_api, type)})).refusal == refusal


@pytest.mark.both_forms
async def test_a_default_is_given_to_those_who_come_afterwards(api: AccountClient) -> None:
    service = api.in_service(api.service)
    await api.made("/Conversations", UniqueName="talk")
    before = await api.made("/Conversations/talk/Participants", Identity="dana")
    user = (await api.get("/Users/dana")).row
    of_users, of_participants = await role(service, "service"), await role(service, "conversation")
    await service.post(CONFIGURATION, **{SERVICE: of_users, CONVERSATION: of_participants})

    assert (await api.made("/Conversations/talk/Participants", Identity="lee"))["role_sid"] == of_participants
    assert (await api.get("/Users/lee")).row["role_sid"] == of_users
    assert (await api.made("/Users", Identity="kim"))["role_sid"] == of_users
    assert (await api.get("/Conversations/talk/Participants/dana")).row == before
    assert (await api.get("/Users/dana")).row == user


@by_default
async def test_a_role_can_be_deleted_when_it_is_a_default_no_more(service: AccountClient, name: str) -> None:
    type, key, _ = DEFAULTS[name]
    born = (await service.get(CONFIGURATION)).row[key]
    sid = await role(service, type)
    assert (await service.delete(f"/Roles/{born}")).refusal == IN_USE
    await service.post(CONFIGURATION, **{name: sid})
    assert (await service.delete(f"/Roles/{sid}")).refusal == IN_USE
    assert (await service.delete(f"/Roles/{born}")).status == 204


@by_default
async def test_a_role_that_is_deleted_meanwhile_does_not_become_a_default(service: AccountClient, name: str) -> None:
    type, _, refusal = DEFAULTS[name]
    sid = await role(service, type)
    before = (await service.get(CONFIGURATION)).row
    inside, scope = service.parlour.inside, Scope(service.account, service.service)

    async with inside.transaction(scope, QUIET_SYSTEM) as tx, inside.database.session() as watching:
        await roles.delete(tx, scope, sid)
        setting = asyncio.create_task(service.post(CONFIGURATION, **{name: sid}))
        await until_waiting(watching, "%update services set updated_at%")

    assert (await setting).refusal == refusal
    assert (await service.get(CONFIGURATION)).row == before


@by_default
async def test_a_role_that_becomes_a_default_meanwhile_is_not_deleted(service: AccountClient, name: str) -> None:
    type, key, _ = DEFAULTS[name]
    sid = await role(service, type)
    inside, scope = service.parlour.inside, Scope(service.account, service.service)

    async with inside.transaction(scope, QUIET_SYSTEM) as tx, inside.database.session() as watching:
        await services.configure(tx, scope, {key: sid})
        deleting = asyncio.create_task(service.delete(f"/Roles/{sid}"))
        await until_waiting(watching, "%delete from roles%")

    assert (await deleting).refusal == IN_USE
    assert (await service.get(CONFIGURATION)).row[key] == sid


async def test_a_service_goes_while_its_default_role_is_to_be_deleted(api: AccountClient) -> None:
    """Neither waits for the other for ever: a deadlock would be a 409 of the service."""
    for _ in range(6):
        service = api.in_service((await api.made("/v1/Services", FriendlyName="another"))["sid"])
        sids = [each["sid"] for each in await service.listed("/Roles")]
        gone, *others = await asyncio.gather(
            api.delete(f"/v1/Services/{service.service}"),
            *(service.delete(f"/Roles/{sid}") for sid in sids),
            service.post(CONFIGURATION, **{CREATOR: sids[3]}),
        )
        assert gone.status == 204
        assert {answer.status for answer in others} <= {200, 204, 404, 409}


async def test_the_settings_go_with_their_service(service: AccountClient) -> None:
    other = service.in_service((await service.made("/v1/Services", FriendlyName="another"))["sid"])
    defaults = {name: await role(other, type) for name, (type, _, _) in DEFAULTS.items()}
    assert (await other.post(CONFIGURATION, ReachabilityEnabled=True, **defaults)).status == 200
    assert (await service.delete(f"/v1/Services/{other.service}")).status == 204
    for answer in (await other.get(CONFIGURATION), await other.post(CONFIGURATION, ReachabilityEnabled="x")):
        assert answer.refusal == NOT_FOUND
    async with service.parlour.inside.database.session() as reading:
        for table, column in (("services", "sid"), ("roles", "service_sid")):
            left = f"select count(*) from {table} where {column} = $1"
            assert await reading.fetchval(left, other.service) == 0


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        (CONFIGURATION, "ReachabilityEnabled", "true"),
        ("/Configuration/Notifications", "LogEnabled", "true"),
        ("/Configuration/Webhooks", "Method", "GET"),
    ],
)
async def test_a_setting_moves_the_date_of_update_of_the_service(
    service: AccountClient, clock: MovableClock, path: str, name: str, value: str
) -> None:
    clock.freeze()
    address = f"/v1/Services/{service.service}"
    before = (await service.get(address)).row
    clock.advance(timedelta(seconds=7))
    await service.post(path)
    assert (await service.get(address)).row == before
    await service.post(path, **{name: value})
    after = (await service.get(address)).row
    assert after["date_updated"] > before["date_updated"] == after["date_created"] == before["date_created"]


async def test_each_service_has_settings_of_its_own(service: AccountClient) -> None:
    other = service.in_service((await service.made("/v1/Services", FriendlyName="another"))["sid"])
    before = (await other.get(CONFIGURATION)).row
    await service.post(CONFIGURATION, ReachabilityEnabled=True)
    assert (await other.get(CONFIGURATION)).row == before


async def test_settings_are_neither_made_nor_deleted(service: AccountClient) -> None:
    assert (await service.delete(CONFIGURATION)).refusal == (405, 20004)
    assert (await service.get(f"{CONFIGURATION}/{service.service}")).refusal == NOT_FOUND
