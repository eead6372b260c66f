"""Every account is its own world: no operation shows or changes anything of another account, whatever the path."""

from typing import Any

import pytest

from parlour.contract.rest import Route, Verb
from parlour.resources.bindings.model import BindingType
from tests.account_client import NOT_FOUND, AccountClient, basic, path_of
from tests.conformance.published import EVERY, NOT_HERE
from tests.conformance.world import ask, furnish
from tests.deliveries import record as record_delivery
from tests.devices import register
from tests.receipts import record, somebody

INVALID_TOKEN = (400, 21481)
ROUTES = [each for each in EVERY.values() if each.id not in NOT_HERE]


def names_something_of_the_account(route: Route) -> bool:
    """Whether the path holds a SID of the account; others just mean the caller's own world."""
    return "{" in route.path


async def everything(api: AccountClient) -> dict[str, Any]:
    """All that can be seen of an account."""
    seen: dict[str, Any] = {
        "configuration": (await api.get("/v1/Configuration")).row,
        "webhooks": (await api.get("/v1/Configuration/Webhooks")).row,
        "credentials": await api.listed("/v1/Credentials"),
        "addresses": await api.listed("/v1/Configuration/Addresses"),
    }
    for service in await api.listed("/v1/Services"):
        inside = api.in_service(service["sid"])
        seen[service["sid"]] = {
            "service": service,
            "configuration": (await inside.get("/Configuration")).row,
            "webhooks": (await inside.get("/Configuration/Webhooks")).row,
            "notifications": (await inside.get("/Configuration/Notifications")).row,
            "roles": await inside.listed("/Roles"),
            "users": await inside.listed("/Users"),
            "bindings": await inside.listed("/Bindings"),
            "conversations": await inside.listed("/Conversations"),
        }
        for conversation in seen[service["sid"]]["conversations"]:
            seen[conversation["sid"]] = {
                "webhooks": await inside.listed(f"/Conversations/{conversation['sid']}/Webhooks"),
                "participants": await inside.listed(f"/Conversations/{conversation['sid']}/Participants"),
                "messages": await inside.listed(f"/Conversations/{conversation['sid']}/Messages"),
            }
            for message in seen[conversation["sid"]]["messages"]:
                seen[message["sid"]] = await inside.listed(message["links"]["delivery_receipts"])
        for user in seen[service["sid"]]["users"]:
            seen[user["sid"]] = await inside.listed(f"/Users/{user['sid']}/Conversations")
    return seen


async def test_no_operation_reaches_into_another_account(api: AccountClient, other_api: AccountClient) -> None:
    """A stranger with an empty account of its own, by SID and by alias, in both forms."""
    world = await furnish(api)
    before = await everything(api)
    refused = 0
    for route in ROUTES:
        for by_alias in (False, True):
            if names_something_of_the_account(route):
                answer = await world.call(route, other_api, by_alias=by_alias)
                assert answer.refusal == NOT_FOUND, route.id
                shown = world.address(route, by_alias=by_alias).removeprefix("/v1")
                assert answer.message == f"The requested resource {shown} was not found"
                refused += 1
    assert refused > 80
    assert await everything(api) == before
    assert (await other_api.get("/Users")).rows == []


@pytest.mark.parametrize(
    "route", [each for each in ROUTES if each.operation.verb in (Verb.FETCH, Verb.UPDATE)], ids=lambda route: route.id
)
async def test_an_alias_means_what_is_in_the_callers_own_account(
    api: AccountClient, other_api: AccountClient, route: Route
) -> None:
    """Both accounts have a dana and an order-1."""
    await furnish(api)
    other = await furnish(other_api)
    before = await everything(api)
    answer = await other.call(route, by_alias=True)
    assert path_of(answer.row["url"]).partition("?")[0] == other.address(route)
    assert await everything(api) == before


@pytest.mark.parametrize(
    "route", [each for each in ROUTES if each.explicit and each.path.count("{") > 1], ids=lambda route: route.id
)
async def test_the_callers_own_service_with_anothers_objects_in_it_is_not_found(
    api: AccountClient, other_api: AccountClient, route: Route
) -> None:
    world, own = await furnish(api), await furnish(other_api)
    mixed = world.address(route).replace(api.service, other_api.service)
    before = await everything(api), await everything(other_api)
    assert (await ask(other_api, route, mixed)).refusal == NOT_FOUND
    assert (await everything(api), await everything(other_api)) == before
    assert (await own.call(route)).status < 300


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.operation.verb is Verb.LIST], ids=lambda route: route.id
)
async def test_lists_and_their_tokens_stay_in_their_account(
    api: AccountClient, other_api: AccountClient, route: Route
) -> None:
    world, other = await furnish(api), await furnish(other_api)
    for each in (api, other_api):
        await each.made("/v1/Services", FriendlyName="a third")
        await each.made("/v1/Credentials", Type="apn")
        await each.made("/v1/Configuration/Addresses", Type="sms", Address="+15551230008")
        for name in ("lee", "kim"):
            await each.made("/Users", Identity=name)
            await register(each, name, name, type=BindingType.TWILSOCK)
            await each.made("/Conversations", UniqueName=name)
            await each.made(f"/Conversations/{name}/Participants", Identity="dana")
            await each.made("/Conversations/order-1/Participants", Identity=name)
            await each.made("/Conversations/order-1/Messages", Body=name)
        flow = {"Target": "studio", "Configuration.FlowSid": f"FW{'0' * 32}"}
        await each.made("/Conversations/order-1/Webhooks", **flow)
        (message, *_) = (await each.get("/Conversations/order-1/Messages")).rows
        await record(each, message, somebody())
        await record_delivery(each, each.service, message["sid"])
    query = {"Identity": "dana"} if route.resource.name == "ParticipantConversation" else {}

    page = await ask(api, route, world.address(route), {**query, "PageSize": 1})
    following = page.meta["next_page_url"]
    assert (await api.get(following)).rows
    foreign = await other_api.get(following)
    assert foreign.refusal in (NOT_FOUND, INVALID_TOKEN)
    token = following.partition("PageToken=")[2]
    stolen = await ask(other_api, route, other.address(route), {**query, "PageToken": token})
    assert stolen.refusal == INVALID_TOKEN

    theirs = (await ask(other_api, route, other.address(route), query)).rows
    assert theirs
    assert {row["account_sid"] for row in theirs} == {other_api.account}


async def test_a_service_that_an_account_does_not_have_cannot_become_its_default(
    api: AccountClient, other_api: AccountClient
) -> None:
    answer = await other_api.post("/v1/Configuration", DefaultChatServiceSid=api.service)
    assert answer.refusal == (404, 50050)
    assert (await other_api.get("/v1/Configuration")).row["default_chat_service_sid"] == other_api.service


async def test_a_role_of_another_account_can_be_given_to_nobody(api: AccountClient, other_api: AccountClient) -> None:
    world, other = await furnish(api), await furnish(other_api)
    foreign = (await api.listed("/Roles"))[1]
    assert foreign["type"] == "service"
    assert (await other_api.post("/Users", Identity="lee", RoleSid=foreign["sid"])).refusal == (404, 50100)
    assert (await other_api.post("/Users/dana", RoleSid=foreign["sid"])).refusal == (404, 50100)
    inside = f"/Conversations/{other.conversation}/Participants"
    assert (await other_api.post(inside, Identity="lee", RoleSid=world.role)).refusal == (404, 50109)
    assert (await other_api.post(f"{inside}/dana", RoleSid=world.role)).refusal == (404, 50109)


async def test_the_same_address_pair_may_be_used_in_two_accounts(api: AccountClient, other_api: AccountClient) -> None:
    pair = {"MessagingBinding.Address": "+15551230001", "MessagingBinding.ProxyAddress": "+15551230002"}
    for each in (api, other_api):
        await each.made("/Conversations", UniqueName="order-1")
        await each.made("/Conversations/order-1/Participants", **pair)


async def test_credentials_of_one_account_do_not_open_another(api: AccountClient, other_api: AccountClient) -> None:
    mixed = {"Authorization": basic(api.account, other_api.token)}
    assert (await api.send("GET", "/Users", headers=mixed)).refusal == (401, 20003)
