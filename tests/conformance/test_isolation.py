"""Every account is its own world: no operation shows or changes anything of another account, whatever the path."""

from typing import Any

import pytest

from parlour.contract.rest import Route, Verb
from parlour.resources.bindings.model import BindingType
from tests.conformance.published import EVERY, NOT_HERE
from tests.conformance.world import ask, furnish
from tests.deliveries import record as record_delivery
from tests.devices import register
from tests.house import NOT_FOUND, House, basic, path_of
from tests.receipts import record, somebody

INVALID_TOKEN = (400, 21481)
ROUTES = [each for each in EVERY.values() if each.id not in NOT_HERE]


def names_something_of_the_house(route: Route) -> bool:
    """Whether the path holds a SID of the house; others just mean the caller's own world."""
    return "{" in route.path


async def everything(house: House) -> dict[str, Any]:
    """All that can be seen of a house."""
    seen: dict[str, Any] = {
        "configuration": (await house.get("/v1/Configuration")).row,
        "webhooks": (await house.get("/v1/Configuration/Webhooks")).row,
        "credentials": await house.listed("/v1/Credentials"),
        "addresses": await house.listed("/v1/Configuration/Addresses"),
    }
    for service in await house.listed("/v1/Services"):
        inside = house.in_service(service["sid"])
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


async def test_no_operation_reaches_into_another_account(house: House, other_house: House) -> None:
    """A stranger with an empty house of its own, by SID and by alias, in both forms."""
    world = await furnish(house)
    before = await everything(house)
    refused = 0
    for route in ROUTES:
        for by_alias in (False, True):
            if names_something_of_the_house(route):
                answer = await world.call(route, other_house, by_alias=by_alias)
                assert answer.refusal == NOT_FOUND, route.id
                shown = world.address(route, by_alias=by_alias).removeprefix("/v1")
                assert answer.message == f"The requested resource {shown} was not found"
                refused += 1
    assert refused > 80
    assert await everything(house) == before
    assert (await other_house.get("/Users")).rows == []


@pytest.mark.parametrize(
    "route", [each for each in ROUTES if each.operation.verb in (Verb.FETCH, Verb.UPDATE)], ids=lambda route: route.id
)
async def test_an_alias_means_what_is_in_the_callers_own_account(
    house: House, other_house: House, route: Route
) -> None:
    """Both houses have a dana and an order-1."""
    await furnish(house)
    other = await furnish(other_house)
    before = await everything(house)
    answer = await other.call(route, by_alias=True)
    assert path_of(answer.row["url"]).partition("?")[0] == other.address(route)
    assert await everything(house) == before


@pytest.mark.parametrize(
    "route", [each for each in ROUTES if each.explicit and each.path.count("{") > 1], ids=lambda route: route.id
)
async def test_the_callers_own_service_with_anothers_objects_in_it_is_not_found(
    house: House, other_house: House, route: Route
) -> None:
    world, own = await furnish(house), await furnish(other_house)
    mixed = world.address(route).replace(house.service, other_house.service)
    before = await everything(house), await everything(other_house)
    assert (await ask(other_house, route, mixed)).refusal == NOT_FOUND
    assert (await everything(house), await everything(other_house)) == before
    assert (await own.call(route)).status < 300


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.operation.verb is Verb.LIST], ids=lambda route: route.id
)
async def test_lists_and_their_tokens_stay_in_their_account(house: House, other_house: House, route: Route) -> None:
    world, other = await furnish(house), await furnish(other_house)
    for each in (house, other_house):
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

    page = await ask(house, route, world.address(route), {**query, "PageSize": 1})
    following = page.meta["next_page_url"]
    assert (await house.get(following)).rows
    foreign = await other_house.get(following)
    assert foreign.refusal in (NOT_FOUND, INVALID_TOKEN)
    token = following.partition("PageToken=")[2]
    stolen = await ask(other_house, route, other.address(route), {**query, "PageToken": token})
    assert stolen.refusal == INVALID_TOKEN

    theirs = (await ask(other_house, route, other.address(route), query)).rows
    assert theirs
    assert {row["account_sid"] for row in theirs} == {other_house.account}


async def test_a_service_that_an_account_does_not_have_cannot_become_its_default(
    house: House, other_house: House
) -> None:
    answer = await other_house.post("/v1/Configuration", DefaultChatServiceSid=house.service)
    assert answer.refusal == (404, 50050)
    assert (await other_house.get("/v1/Configuration")).row["default_chat_service_sid"] == other_house.service


async def test_a_role_of_another_account_can_be_given_to_nobody(house: House, other_house: House) -> None:
    world, other = await furnish(house), await furnish(other_house)
    foreign = (await house.listed("/Roles"))[1]
    assert foreign["type"] == "service"
    assert (await other_house.post("/Users", Identity="lee", RoleSid=foreign["sid"])).refusal == (404, 50100)
    assert (await other_house.post("/Users/dana", RoleSid=foreign["sid"])).refusal == (404, 50100)
    inside = f"/Conversations/{other.conversation}/Participants"
    assert (await other_house.post(inside, Identity="lee", RoleSid=world.role)).refusal == (404, 50109)
    assert (await other_house.post(f"{inside}/dana", RoleSid=world.role)).refusal == (404, 50109)


async def test_the_same_address_pair_may_be_used_in_two_accounts(house: House, other_house: House) -> None:
    pair = {"MessagingBinding.Address": "+15551230001", "MessagingBinding.ProxyAddress": "+15551230002"}
    for each in (house, other_house):
        await each.made("/Conversations", UniqueName="order-1")
        await each.made("/Conversations/order-1/Participants", **pair)


async def test_credentials_of_one_account_do_not_open_another(house: House, other_house: House) -> None:
    mixed = {"Authorization": basic(house.account, other_house.token)}
    assert (await house.send("GET", "/Users", headers=mixed)).refusal == (401, 20003)
