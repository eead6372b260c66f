"""Services: making them, deleting them with everything inside, and the default one that stays."""

from datetime import timedelta

import pytest

from tests.account_client import NOT_FOUND, AccountClient
from tests.server import MovableClock

SERVICES = "/v1/Services"
UNKNOWN = "IS" + "0" * 32


async def test_an_account_begins_with_a_default_service(api: AccountClient) -> None:
    (service,) = await api.listed(SERVICES)
    assert service["sid"] == api.service
    assert service["friendly_name"] == "Default Conversations Service"
    assert (await api.get("/v1/Configuration")).row["default_chat_service_sid"] == api.service


async def test_a_service_is_created(api: AccountClient, clock: MovableClock) -> None:
    now = clock.freeze()
    service = await api.made(SERVICES, FriendlyName="Desk")
    url = f"{api.url}/v1/Services/{service['sid']}"
    shown = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    assert service == {
        "sid": service["sid"],
        "account_sid": api.account,
        "friendly_name": "Desk",
        "date_created": shown,
        "date_updated": shown,
        "url": url,
        "links": {
            "conversations": f"{url}/Conversations",
            "users": f"{url}/Users",
            "roles": f"{url}/Roles",
            "bindings": f"{url}/Bindings",
            "configuration": f"{url}/Configuration",
            "participant_conversations": f"{url}/ParticipantConversations",
            "conversation_with_participants": f"{url}/ConversationWithParticipants",
        },
    }
    assert (await api.get(f"{SERVICES}/{service['sid']}")).row == service


async def test_a_name_has_from_1_to_256_characters_and_need_not_be_unique(api: AccountClient) -> None:
    for name in ("é" * 256, "é" * 256, " "):
        assert (await api.post(SERVICES, FriendlyName=name)).row["friendly_name"] == name
    assert (await api.post(SERVICES, FriendlyName="é" * 257)).refusal == (400, 50003)
    assert (await api.post(SERVICES, FriendlyName="")).refusal == (400, 50000)
    answer = await api.post(SERVICES)
    assert (answer.refusal, answer.message) == (
        (400, 20001),
        "Missing required parameter FriendlyName in the post body",
    )


async def test_services_are_listed_in_the_order_of_their_creation(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    made = [api.service, *[(await api.made(SERVICES, FriendlyName="b"))["sid"] for _ in range(2)]]
    clock.advance(timedelta(seconds=1))
    made.append((await api.made(SERVICES, FriendlyName="a"))["sid"])
    assert [service["sid"] for service in await api.listed(SERVICES, PageSize=2)] == made


async def test_a_service_is_deleted_with_everything_inside(api: AccountClient) -> None:
    service = (await api.made(SERVICES, FriendlyName="Desk"))["sid"]
    inside = api.in_service(service)
    await inside.made("/Roles", FriendlyName="guest", Type="service", Permission=["addParticipant"])
    await inside.made("/Conversations", UniqueName="talk")
    await inside.made("/Conversations/talk/Participants", Identity="dana")
    pair = {"MessagingBinding.Address": "+15551230001", "MessagingBinding.ProxyAddress": "+15551230002"}
    await inside.made("/Conversations/talk/Participants", **pair)
    await inside.made("/Conversations/talk/Messages", Body="Good morning")

    assert (await api.delete(f"{SERVICES}/{service}")).status == 204

    assert [each["sid"] for each in await api.listed(SERVICES)] == [api.service]
    for path in ("/Conversations", "/Conversations/talk", "/Users", "/Users/dana", "/Roles"):
        assert (await inside.get(path)).refusal == NOT_FOUND
    for answer in (await api.get(f"{SERVICES}/{service}"), await api.delete(f"{SERVICES}/{service}")):
        assert answer.refusal == NOT_FOUND
    async with api.parlour.inside.database.session() as reading:
        for table in ("roles", "users", "conversations", "participants", "messages", "address_pairs", "tombstones"):
            assert await reading.fetchval(f"select count(*) from {table} where service_sid = $1", service) == 0


async def test_the_address_pairs_of_a_deleted_service_are_free_again(api: AccountClient) -> None:
    pair = {"MessagingBinding.Address": "+15551230001", "MessagingBinding.ProxyAddress": "+15551230002"}
    service = (await api.made(SERVICES, FriendlyName="Desk"))["sid"]
    inside = api.in_service(service)
    for each in (inside, api):
        await each.made("/Conversations", UniqueName="talk")
    await inside.made("/Conversations/talk/Participants", **pair)
    assert (await api.post("/Conversations/talk/Participants", **pair)).refusal == (409, 50416)
    await api.delete(f"{SERVICES}/{service}")
    assert (await api.post("/Conversations/talk/Participants", **pair)).status == 201


async def test_the_default_service_is_not_deleted_until_another_is_the_default(api: AccountClient) -> None:
    other = (await api.made(SERVICES, FriendlyName="another"))["sid"]
    answer = await api.delete(f"{SERVICES}/{api.service}")
    assert (answer.refusal, answer.message) == (
        (400, 20001),
        "The default service can't be deleted; set another default first",
    )
    assert (await api.get("/Users")).status == 200
    await api.post("/v1/Configuration", DefaultChatServiceSid=other)
    assert (await api.delete(f"{SERVICES}/{api.service}")).status == 204
    assert (await api.delete(f"{SERVICES}/{other}")).refusal == (400, 20001)


@pytest.mark.parametrize("sid", [UNKNOWN, "IS00", "default", "Default%20Conversations%20Service"])
async def test_a_service_has_no_other_name_than_its_sid(api: AccountClient, sid: str) -> None:
    for answer in (await api.get(f"{SERVICES}/{sid}"), await api.delete(f"{SERVICES}/{sid}")):
        assert answer.refusal == NOT_FOUND
        assert answer.message == f"The requested resource /Services/{sid} was not found"


async def test_two_services_may_hold_the_same_names(api: AccountClient) -> None:
    other = api.in_service((await api.made(SERVICES, FriendlyName="another"))["sid"])
    made = []
    for each in (api, other):
        made.append((await each.made("/Users", Identity="dana"))["sid"])
        made.append((await each.made("/Conversations", UniqueName="talk"))["sid"])
    assert len(set(made)) == 4
    assert (await other.get("/Users/dana")).row["sid"] == made[2]
    assert (await api.get("/Conversations/talk")).row["sid"] == made[1]
