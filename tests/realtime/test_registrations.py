"""Push registrations through the socket: they are kept as bindings, for the user of the session alone."""

from typing import Any

import pytest

from parlour.core.sids import Prefix, new_sid
from tests.access_tokens import token_for
from tests.account_client import NOT_FOUND, AccountClient
from tests.devices import credential
from tests.twilsock import Twilsock, connected

REGISTRATIONS = "/v1/registrations"
PRODUCT = {"productId": "ip_messaging"}
TYPES = [
    "twilio.conversations.new_message",
    "twilio.conversations.added_to_conversation",
    "twilio.conversations.removed_from_conversation",
    "twilio.ipmsg.typing_indicator",
    "twilio.channel.consumption_update",
]
INVALID = (400, 52001)


def registration(device: object = "device-1", **changes: object) -> dict[str, Any]:
    """What the JS SDK sends."""
    said = {
        "endpoint_platform": "FCM(Chrome 120)",
        "channel_type": "fcm",
        "version": "3",
        "message_types": TYPES,
        "data": {"registration_id": device},
    }
    return {name: value for name, value in (said | changes).items() if value is not None}


async def token(api: AccountClient, identity: str, credential_sid: str | None) -> str:
    chat = {"service_sid": api.service} | ({} if credential_sid is None else {"push_credential_sid": credential_sid})
    return await token_for(api, identity, grants={"identity": identity, "chat": chat})


async def bindings(api: AccountClient) -> list[dict[str, Any]]:
    return await api.listed(f"/v1/Services/{api.service}/Bindings")


async def registered(client: Twilsock, device: str = "device-1", **changes: object) -> str:
    return str((await client.post(REGISTRATIONS, registration(device, **changes), **PRODUCT)).row["id"])


async def unregistered(client: Twilsock, device: str) -> int:
    body = {"binding_type": "fcm", "address": device}
    return (await client.call("DELETE", REGISTRATIONS, body, params=PRODUCT)).status


async def test_a_registered_device_is_a_binding_until_it_is_taken_back(api: AccountClient) -> None:
    push = await credential(api)
    assert (await api.post(f"/v1/Services/{api.service}/Configuration", ReachabilityEnabled=True)).status == 200
    async with connected(api.parlour, await token(api, "dana", push)) as dana:
        sid = await registered(dana)
        (row,) = await bindings(api)
        wanted = {"sid": sid, "identity": "dana", "binding_type": "fcm", "credential_sid": push}
        assert row.items() >= wanted.items()
        assert row["endpoint"] == "FCM(Chrome 120)"
        assert row["message_types"] == ["new_message", "added_to_conversation", "removed_from_conversation"]
        assert (await api.get("/Users/dana")).row["is_notifiable"] is True
        assert await registered(dana) == sid
        assert (await dana.delete(f"{REGISTRATIONS}/{sid}", **PRODUCT)).status == 204
        assert await bindings(api) == []
        assert (await api.get("/Users/dana")).row["is_notifiable"] is False
        assert (await dana.delete(f"{REGISTRATIONS}/{sid}", **PRODUCT)).refusal == NOT_FOUND


async def test_all_registrations_of_a_device_can_be_taken_back(api: AccountClient) -> None:
    async with connected(api.parlour, await token(api, "dana", await credential(api))) as dana:
        kept, gone = await registered(dana, "device-1"), await registered(dana, "device-2")
        assert kept != gone
        assert [await unregistered(dana, "device-2") for _ in range(2)] == [204, 204]
        assert [row["sid"] for row in await bindings(api)] == [kept]


async def test_nobody_touches_the_device_of_another(api: AccountClient) -> None:
    push = await credential(api)
    async with (
        connected(api.parlour, await token(api, "dana", push)) as dana,
        connected(api.parlour, await token(api, "bob", push)) as bob,
    ):
        sid = await registered(dana)
        assert (await bob.delete(f"{REGISTRATIONS}/{sid}", **PRODUCT)).refusal == NOT_FOUND
        assert await unregistered(bob, "device-1") == 204
        (row,) = await bindings(api)
        assert (row["sid"], row["identity"]) == (sid, "dana")
        # A device that changes hands is registered by its new user.
        taken = await registered(bob)
        (row,) = await bindings(api)
        assert (row["sid"], row["identity"]) == (taken, "bob")


async def test_without_a_fitting_push_credential_in_the_token_nothing_is_kept(
    api: AccountClient, other_api: AccountClient
) -> None:
    for push in (None, new_sid(Prefix.CREDENTIAL), await credential(other_api), await credential(api, "apn")):
        async with connected(api.parlour, await token(api, "dana", push)) as dana:
            assert (await dana.post(REGISTRATIONS, registration(), **PRODUCT)).refusal == INVALID
    assert await bindings(api) == []


async def test_a_renewed_token_brings_its_own_push_credential(api: AccountClient) -> None:
    first, second = await credential(api), await credential(api)
    async with connected(api.parlour, await token(api, "dana", first)) as dana:
        await registered(dana)
        assert (await dana.update(await token(api, "dana", second))).status == 200
        await registered(dana)
        assert [row["credential_sid"] for row in await bindings(api)] == [second]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"channel_type": None}, (400, 20001)),
        ({"channel_type": "twilsock"}, INVALID),
        ({"channel_type": "pigeon"}, INVALID),
        ({"channel_type": ["fcm"]}, (400, 20001)),
        ({"endpoint_platform": "x" * 129}, INVALID),
        ({"message_types": ["twilio.conversations.weather"]}, INVALID),
        ({"message_types": {"a": 1}}, (400, 20001)),
        ({"data": None}, INVALID),
        ({"data": {"registration_id": ""}}, INVALID),
        ({"data": {"registration_id": "x" * 2000}}, INVALID),
        ({"data": {"registration_id": "a\0b"}}, (400, 20001)),
        ({"data": "device-1"}, (400, 20001)),
    ],
)
async def test_what_is_no_device_is_refused(
    api: AccountClient, changes: dict[str, object], refusal: tuple[int, int]
) -> None:
    async with connected(api.parlour, await token(api, "dana", await credential(api))) as dana:
        assert (await dana.post(REGISTRATIONS, registration(**changes), **PRODUCT)).refusal == refusal
        assert (await dana.call("DELETE", REGISTRATIONS, {}, params=PRODUCT)).refusal == (400, 20001)
    assert await bindings(api) == []
