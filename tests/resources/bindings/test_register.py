"""Registering devices: what a binding needs, whose a token is, what becomes of it, and who can be notified."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from parlour.core.errors import InvalidBinding, NotFound
from parlour.resources.bindings import actions
from parlour.resources.bindings.model import IDLE, Binding, BindingType
from tests.account_client import AccountClient, PathForm
from tests.devices import ALL, client, credential, register
from tests.server import MovableClock


@pytest.fixture
def form() -> PathForm:
    """Bindings have paths below a service only."""
    return PathForm.SERVICE


async def bindings(api: AccountClient) -> list[dict[str, Any]]:
    return await api.listed("/Bindings")


async def told(api: AccountClient) -> list[tuple[str, dict[str, Any]]]:
    """The facts about bindings of the account, with their payloads."""
    async with api.parlour.inside.database.session() as reading:
        rows = await reading.fetch(
            "select type, payload from events where account_sid = $1 and type like 'Binding%' order by id",
            api.account,
        )
    return [(row["type"], row["payload"]["binding"]) for row in rows]


async def notifiable(api: AccountClient, identity: str) -> bool | None:
    found: bool | None = (await api.get(f"/Users/{identity}")).row["is_notifiable"]
    return found


async def enable_reachability(api: AccountClient) -> None:
    assert (await api.post("/Configuration", ReachabilityEnabled=True)).status == 200


@pytest.mark.parametrize(
    ("device", "fitting"),
    [(BindingType.APN, {"apn"}), (BindingType.FCM, {"fcm", "gcm"}), (BindingType.GCM, {"fcm", "gcm"})],
)
async def test_a_device_needs_a_credential_that_fits(
    api: AccountClient, device: BindingType, fitting: set[str]
) -> None:
    for type in ("apn", "fcm", "gcm"):
        sid = await credential(api, type)
        if type in fitting:
            assert (await register(api, "dana", "a", sid, type=device)).credential_sid == sid
        else:
            with pytest.raises(InvalidBinding):
                await register(api, "dana", "b", sid, type=device)
    assert [row["binding_type"] for row in await bindings(api)] == [device]


async def test_a_device_needs_a_credential_of_its_account(api: AccountClient, other_api: AccountClient) -> None:
    for sid in (None, "", "CR" + "0" * 32, await credential(other_api)):
        with pytest.raises(InvalidBinding):
            await register(api, "dana", "a", sid)
    assert await bindings(api) == []
    assert await api.listed("/Users") == []


async def test_a_socket_needs_no_credential(api: AccountClient) -> None:
    for sid in (None, await credential(api)):
        binding = await register(api, "dana", "a", sid, type=BindingType.TWILSOCK)
        assert binding.credential_sid is None


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ([], []),
        (ALL, list(ALL)),
        (
            ["twilio.conversations.removed_from_conversation", "new_message"],
            ["removed_from_conversation", "new_message"],
        ),
        (["new_message", "twilio.conversations.new_message"], ["new_message"]),
        (
            ["twilio.conversations.new_message", "twilio.ipmsg.typing_indicator", "twilio.channel.consumption_update"],
            ["new_message"],
        ),
    ],
)
async def test_message_types_are_kept_by_their_short_names(
    api: AccountClient, asked: list[str], kept: list[str]
) -> None:
    await register(api, "dana", "a", await credential(api), message_types=asked)
    (row,) = await bindings(api)
    assert row["message_types"] == kept


@pytest.mark.parametrize("name", ["", "NewMessage", "twilio.conversations.", "twilio.chat.new_message", "message"])
async def test_an_unknown_message_type_is_refused(api: AccountClient, name: str) -> None:
    sid = await credential(api)
    with pytest.raises(InvalidBinding) as refused:
        await register(api, "dana", "a", sid, message_types=["new_message", name])
    assert refused.value.code == 52001


async def test_a_token_and_an_endpoint_have_limits(api: AccountClient) -> None:
    sid = await credential(api)
    binding = await register(api, "dana", "x" * 1024, sid, endpoint="é" * 128)
    assert binding.endpoint == "é" * 128
    for address, endpoint in (
        ("", "a"),
        ("x" * 1025, "a"),
        ("é" * 513, "a"),
        ("a\0", "a"),
        ("a", "x" * 129),
        ("a", "\0"),
    ):
        with pytest.raises(InvalidBinding):
            await register(api, "dana", address, sid, endpoint=endpoint)
    assert len(await bindings(api)) == 1


async def test_a_device_that_is_registered_again_keeps_its_binding(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    first, second = await credential(api), await credential(api)
    before = await register(api, "dana", "a", first, message_types=["new_message"])
    clock.advance(timedelta(seconds=7))
    after = await register(api, "dana", "a", second, endpoint="another", message_types=["added_to_conversation"])
    assert (after.sid, after.created_at) == (before.sid, before.created_at)
    assert after.updated_at == before.updated_at + timedelta(seconds=7)
    assert (after.credential_sid, after.endpoint, after.message_types) == (second, "another", ["added_to_conversation"])
    assert [row["sid"] for row in await bindings(api)] == [before.sid]


async def test_one_identity_may_have_several_devices(api: AccountClient) -> None:
    sid, apple = await credential(api), await credential(api, "apn")
    await register(api, "dana", "a", sid)
    await register(api, "dana", "b", sid)
    await register(api, "dana", "a", apple, type=BindingType.APN)
    assert len(await bindings(api)) == 3


async def test_a_device_moves_to_the_identity_that_registers_it_last(api: AccountClient) -> None:
    sid = await credential(api)
    before = await register(api, "dana", "a", sid)
    after = await register(api, "lee", "a", sid)
    assert after.sid != before.sid
    assert [(row["identity"], row["sid"]) for row in await bindings(api)] == [("lee", after.sid)]
    with pytest.raises(NotFound):
        await actions.unregister(client(api), "dana", before.sid)


async def test_a_device_that_two_register_at_once_is_one_ones(api: AccountClient) -> None:
    sid = await credential(api)
    names = [f"user {number}" for number in range(6)]
    await asyncio.gather(*(register(api, name, "a", sid) for name in names))
    (row,) = await bindings(api)
    assert row["identity"] in names


async def test_registering_makes_the_user(api: AccountClient) -> None:
    await register(api, "dana", "a", await credential(api))
    assert [user["identity"] for user in await api.listed("/Users")] == ["dana"]


async def test_a_client_unregisters_its_own_binding_only(api: AccountClient) -> None:
    sid = await credential(api)
    dana, lee = await register(api, "dana", "a", sid), await register(api, "lee", "b", sid)
    with pytest.raises(NotFound):
        await actions.unregister(client(api), "dana", lee.sid)
    await actions.unregister(client(api), "dana", dana.sid)
    assert [row["sid"] for row in await bindings(api)] == [lee.sid]
    with pytest.raises(NotFound):
        await actions.unregister(client(api), "dana", dana.sid)


async def test_a_device_is_unregistered_by_its_token(api: AccountClient) -> None:
    sid, apple = await credential(api), await credential(api, "apn")
    await register(api, "dana", "a", sid)
    kept = await register(api, "dana", "a", apple, type=BindingType.APN)
    assert await actions.unregister_device(client(api), BindingType.FCM, "a") is True
    assert await actions.unregister_device(client(api), BindingType.FCM, "a") is False
    assert [row["sid"] for row in await bindings(api)] == [kept.sid]


async def test_a_deleted_user_has_no_devices(api: AccountClient) -> None:
    sid = await credential(api)
    await register(api, "dana", "a", sid)
    await register(api, "dana", "socket", type=BindingType.TWILSOCK)
    kept = await register(api, "lee", "b", sid)
    assert (await api.delete("/Users/dana")).status == 204
    assert [row["sid"] for row in await bindings(api)] == [kept.sid]


async def test_no_device_outlives_its_user(api: AccountClient) -> None:
    """Whichever comes first, a registration or the deletion of its user."""
    sid = await credential(api)
    for number in range(5):
        await api.made("/Users", Identity="dana")
        _, gone = await asyncio.gather(register(api, "dana", str(number), sid), api.delete("/Users/dana"))
        assert gone.status == 204
        users = [user["identity"] for user in await api.listed("/Users")]
        assert {row["identity"] for row in await bindings(api)} == set(users)
        if users:
            await api.delete("/Users/dana")


async def test_a_deleted_credential_leaves_its_bindings(api: AccountClient) -> None:
    sid = await credential(api)
    binding = await register(api, "dana", "a", sid)
    assert (await api.delete(f"/v1/Credentials/{sid}")).status == 204
    assert (await api.get(f"/Bindings/{binding.sid}")).row["credential_sid"] == sid


async def test_facts_tell_of_bindings_but_not_of_tokens(api: AccountClient) -> None:
    sid = await credential(api)
    first = await register(api, "dana", "a secret token", sid)
    again = await register(api, "dana", "a secret token", sid)
    moved = await register(api, "lee", "a secret token", sid)
    assert (await api.delete(f"/Bindings/{moved.sid}")).status == 204
    facts = await told(api)
    assert [(type, payload["sid"]) for type, payload in facts] == [
        ("BindingAdded", first.sid),
        ("BindingUpdated", first.sid),
        ("BindingRemoved", first.sid),
        ("BindingAdded", moved.sid),
        ("BindingRemoved", moved.sid),
    ]
    assert msgspec.convert(facts[1][1], Binding) == again
    assert "a secret token" not in str(facts)


async def test_who_can_be_notified_is_told_where_reachability_is_enabled(api: AccountClient) -> None:
    sid = await credential(api)
    for identity in ("dana", "lee"):
        await api.made("/Users", Identity=identity)
    await register(api, "dana", "socket", type=BindingType.TWILSOCK)
    first, second = await register(api, "dana", "a", sid), await register(api, "dana", "b", sid)
    assert await notifiable(api, "dana") is None
    await enable_reachability(api)
    assert (await notifiable(api, "dana"), await notifiable(api, "lee")) == (True, None)
    await api.delete(f"/Bindings/{first.sid}")
    assert await notifiable(api, "dana") is True
    await api.delete(f"/Bindings/{second.sid}")
    assert await notifiable(api, "dana") is False
    await register(api, "dana", "a", sid)
    assert await notifiable(api, "dana") is True
    await register(api, "lee", "a", sid)
    assert (await notifiable(api, "dana"), await notifiable(api, "lee")) == (False, True)
    assert [user["is_notifiable"] for user in await api.listed("/Users")] == [None, None]


async def test_devices_do_not_change_their_user(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    user = await api.made("/Users", Identity="dana")
    clock.advance(timedelta(seconds=7))
    await register(api, "dana", "a", await credential(api))
    assert (await api.get("/Users/dana")).row == user


async def test_what_was_not_registered_again_for_a_year_is_removed(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    sid = await credential(api)
    await enable_reachability(api)
    await register(api, "dana", "idle", sid)
    await register(api, "lee", "renewed", sid)
    clock.advance(timedelta(days=1))
    renewed = await register(api, "lee", "renewed", sid)
    clock.advance(IDLE - timedelta(days=1))
    while await actions.expire(api.parlour.inside):
        pass
    assert len(await bindings(api)) == 2
    clock.advance(timedelta(seconds=1))
    while await actions.expire(api.parlour.inside):
        pass
    assert [row["sid"] for row in await bindings(api)] == [renewed.sid]
    assert await notifiable(api, "dana") is False
    assert [type for type, _ in await told(api)][-1] == "BindingRemoved"
