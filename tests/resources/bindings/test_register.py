"""Registering devices: what a binding needs, whose a token is, what becomes of it, and who can be notified."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from parlour.core.errors import NotFound
from parlour.resources.bindings import actions
from parlour.resources.bindings.model import IDLE, Binding, BindingType, InvalidBinding
from tests.devices import ALL, client, credential, register
from tests.house import House, PathForm
from tests.server import MovableClock


@pytest.fixture
def form() -> PathForm:
    """Bindings have paths below a service only."""
    return PathForm.SERVICE


async def bindings(house: House) -> list[dict[str, Any]]:
    return await house.listed("/Bindings")


async def told(house: House) -> list[tuple[str, dict[str, Any]]]:
    """The facts about bindings of the account, with their payloads."""
    async with house.parlour.inside.database.session() as reading:
        rows = await reading.fetch(
            "select type, payload from events where account_sid = $1 and type like 'Binding%' order by id",
            house.account,
        )
    return [(row["type"], row["payload"]["binding"]) for row in rows]


async def notifiable(house: House, identity: str) -> bool | None:
    found: bool | None = (await house.get(f"/Users/{identity}")).row["is_notifiable"]
    return found


async def enable_reachability(house: House) -> None:
    assert (await house.post("/Configuration", ReachabilityEnabled=True)).status == 200


@pytest.mark.parametrize(
    ("device", "fitting"),
    [(BindingType.APN, {"apn"}), (BindingType.FCM, {"fcm", "gcm"}), (BindingType.GCM, {"fcm", "gcm"})],
)
async def test_a_device_needs_a_credential_that_fits(house: House, device: BindingType, fitting: set[str]) -> None:
    for type in ("apn", "fcm", "gcm"):
        sid = await credential(house, type)
        if type in fitting:
            assert (await register(house, "dana", "a", sid, type=device)).credential_sid == sid
        else:
            with pytest.raises(InvalidBinding):
                await register(house, "dana", "b", sid, type=device)
    assert [row["binding_type"] for row in await bindings(house)] == [device]


async def test_a_device_needs_a_credential_of_its_account(house: House, other_house: House) -> None:
    for sid in (None, "", "CR" + "0" * 32, await credential(other_house)):
        with pytest.raises(InvalidBinding):
            await register(house, "dana", "a", sid)
    assert await bindings(house) == []
    assert await house.listed("/Users") == []


async def test_a_socket_needs_no_credential(house: House) -> None:
    for sid in (None, await credential(house)):
        binding = await register(house, "dana", "a", sid, type=BindingType.TWILSOCK)
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
async def test_message_types_are_kept_by_their_short_names(house: House, asked: list[str], kept: list[str]) -> None:
    await register(house, "dana", "a", await credential(house), message_types=asked)
    (row,) = await bindings(house)
    assert row["message_types"] == kept


@pytest.mark.parametrize("name", ["", "NewMessage", "twilio.conversations.", "twilio.chat.new_message", "message"])
async def test_an_unknown_message_type_is_refused(house: House, name: str) -> None:
    sid = await credential(house)
    with pytest.raises(InvalidBinding) as refused:
        await register(house, "dana", "a", sid, message_types=["new_message", name])
    assert refused.value.code == 52001


async def test_a_token_and_an_endpoint_have_limits(house: House) -> None:
    sid = await credential(house)
    binding = await register(house, "dana", "x" * 1024, sid, endpoint="é" * 128)
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
            await register(house, "dana", address, sid, endpoint=endpoint)
    assert len(await bindings(house)) == 1


async def test_a_device_that_is_registered_again_keeps_its_binding(house: House, clock: MovableClock) -> None:
    clock.freeze()
    first, second = await credential(house), await credential(house)
    before = await register(house, "dana", "a", first, message_types=["new_message"])
    clock.advance(timedelta(seconds=7))
    after = await register(house, "dana", "a", second, endpoint="another", message_types=["added_to_conversation"])
    assert (after.sid, after.created_at) == (before.sid, before.created_at)
    assert after.updated_at == before.updated_at + timedelta(seconds=7)
    assert (after.credential_sid, after.endpoint, after.message_types) == (second, "another", ["added_to_conversation"])
    assert [row["sid"] for row in await bindings(house)] == [before.sid]


async def test_one_identity_may_have_several_devices(house: House) -> None:
    sid, apple = await credential(house), await credential(house, "apn")
    await register(house, "dana", "a", sid)
    await register(house, "dana", "b", sid)
    await register(house, "dana", "a", apple, type=BindingType.APN)
    assert len(await bindings(house)) == 3


async def test_a_device_moves_to_the_identity_that_registers_it_last(house: House) -> None:
    sid = await credential(house)
    before = await register(house, "dana", "a", sid)
    after = await register(house, "lee", "a", sid)
    assert after.sid != before.sid
    assert [(row["identity"], row["sid"]) for row in await bindings(house)] == [("lee", after.sid)]
    with pytest.raises(NotFound):
        await actions.unregister(client(house), "dana", before.sid)


async def test_a_device_that_two_register_at_once_is_one_ones(house: House) -> None:
    sid = await credential(house)
    names = [f"user {number}" for number in range(6)]
    await asyncio.gather(*(register(house, name, "a", sid) for name in names))
    (row,) = await bindings(house)
    assert row["identity"] in names


async def test_registering_makes_the_user(house: House) -> None:
    await register(house, "dana", "a", await credential(house))
    assert [user["identity"] for user in await house.listed("/Users")] == ["dana"]


async def test_a_client_unregisters_its_own_binding_only(house: House) -> None:
    sid = await credential(house)
    dana, lee = await register(house, "dana", "a", sid), await register(house, "lee", "b", sid)
    with pytest.raises(NotFound):
        await actions.unregister(client(house), "dana", lee.sid)
    await actions.unregister(client(house), "dana", dana.sid)
    assert [row["sid"] for row in await bindings(house)] == [lee.sid]
    with pytest.raises(NotFound):
        await actions.unregister(client(house), "dana", dana.sid)


async def test_a_device_is_unregistered_by_its_token(house: House) -> None:
    sid, apple = await credential(house), await credential(house, "apn")
    await register(house, "dana", "a", sid)
    kept = await register(house, "dana", "a", apple, type=BindingType.APN)
    assert await actions.unregister_device(client(house), BindingType.FCM, "a") is True
    assert await actions.unregister_device(client(house), BindingType.FCM, "a") is False
    assert [row["sid"] for row in await bindings(house)] == [kept.sid]


async def test_a_deleted_user_has_no_devices(house: House) -> None:
    sid = await credential(house)
    await register(house, "dana", "a", sid)
    await register(house, "dana", "socket", type=BindingType.TWILSOCK)
    kept = await register(house, "lee", "b", sid)
    assert (await house.delete("/Users/dana")).status == 204
    assert [row["sid"] for row in await bindings(house)] == [kept.sid]


async def test_no_device_outlives_its_user(house: House) -> None:
    """Whichever comes first, a registration or the deletion of its user."""
    sid = await credential(house)
    for number in range(5):
        await house.made("/Users", Identity="dana")
        _, gone = await asyncio.gather(register(house, "dana", str(number), sid), house.delete("/Users/dana"))
        assert gone.status == 204
        users = [user["identity"] for user in await house.listed("/Users")]
        assert {row["identity"] for row in await bindings(house)} == set(users)
        if users:
            await house.delete("/Users/dana")


async def test_a_deleted_credential_leaves_its_bindings(house: House) -> None:
    sid = await credential(house)
    binding = await register(house, "dana", "a", sid)
    assert (await house.delete(f"/v1/Credentials/{sid}")).status == 204
    assert (await house.get(f"/Bindings/{binding.sid}")).row["credential_sid"] == sid


async def test_facts_tell_of_bindings_but_not_of_tokens(house: House) -> None:
    sid = await credential(house)
    first = await register(house, "dana", "a secret token", sid)
    again = await register(house, "dana", "a secret token", sid)
    moved = await register(house, "lee", "a secret token", sid)
    assert (await house.delete(f"/Bindings/{moved.sid}")).status == 204
    facts = await told(house)
    assert [(type, payload["sid"]) for type, payload in facts] == [
        ("BindingAdded", first.sid),
        ("BindingUpdated", first.sid),
        ("BindingRemoved", first.sid),
        ("BindingAdded", moved.sid),
        ("BindingRemoved", moved.sid),
    ]
    assert msgspec.convert(facts[1][1], Binding) == again
    assert "a secret token" not in str(facts)


async def test_who_can_be_notified_is_told_where_reachability_is_enabled(house: House) -> None:
    sid = await credential(house)
    for identity in ("dana", "lee"):
        await house.made("/Users", Identity=identity)
    await register(house, "dana", "socket", type=BindingType.TWILSOCK)
    first, second = await register(house, "dana", "a", sid), await register(house, "dana", "b", sid)
    assert await notifiable(house, "dana") is None
    await enable_reachability(house)
    assert (await notifiable(house, "dana"), await notifiable(house, "lee")) == (True, None)
    await house.delete(f"/Bindings/{first.sid}")
    assert await notifiable(house, "dana") is True
    await house.delete(f"/Bindings/{second.sid}")
    assert await notifiable(house, "dana") is False
    await register(house, "dana", "a", sid)
    assert await notifiable(house, "dana") is True
    await register(house, "lee", "a", sid)
    assert (await notifiable(house, "dana"), await notifiable(house, "lee")) == (False, True)
    assert [user["is_notifiable"] for user in await house.listed("/Users")] == [None, None]


async def test_devices_do_not_change_their_user(house: House, clock: MovableClock) -> None:
    clock.freeze()
    user = await house.made("/Users", Identity="dana")
    clock.advance(timedelta(seconds=7))
    await register(house, "dana", "a", await credential(house))
    assert (await house.get("/Users/dana")).row == user


async def test_what_was_not_registered_again_for_a_year_is_removed(house: House, clock: MovableClock) -> None:
    clock.freeze()
    sid = await credential(house)
    await enable_reachability(house)
    await register(house, "dana", "idle", sid)
    await register(house, "lee", "renewed", sid)
    clock.advance(timedelta(days=1))
    renewed = await register(house, "lee", "renewed", sid)
    clock.advance(IDLE - timedelta(days=1))
    while await actions.expire(house.parlour.inside):
        pass
    assert len(await bindings(house)) == 2
    clock.advance(timedelta(seconds=1))
    while await actions.expire(house.parlour.inside):
        pass
    assert [row["sid"] for row in await bindings(house)] == [renewed.sid]
    assert await notifiable(house, "dana") is False
    assert [type for type, _ in await told(house)][-1] == "BindingRemoved"
