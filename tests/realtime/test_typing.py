"""Typing: the other participants see it at once, whichever process they are in, and nobody else does."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from parlour.core.scope import Scope
from parlour.realtime import typing
from parlour.realtime.typing import MESSAGE_TYPE, QUIET_SECONDS, Typing
from tests.access_tokens import token_for
from tests.account_client import AccountClient
from tests.realtime.rooms import NOWHERE, room_with, user_sid, watch, watch_mine
from tests.server import Parlour, serving
from tests.twilsock import MESSAGE_TYPES, Twilsock, connected, dialled

PATH = "/v1/typing"


class Clients:
    """Clients of one account, of which each watches a room."""

    def __init__(self, api: AccountClient, stack: AsyncExitStack) -> None:
        self._api, self._stack = api, stack

    async def of(self, identity: str, room: str | None = None, at: Parlour | None = None) -> Twilsock:
        token = await token_for(self._api, identity)
        client = await self._stack.enter_async_context(connected(at or self._api.parlour, token))
        if room is not None:
            await watch(client, room)
        return client


@pytest.fixture
async def clients(api: AccountClient) -> AsyncIterator[Clients]:
    async with AsyncExitStack() as stack:
        yield Clients(api, stack)


async def sign(client: Twilsock) -> dict[str, Any]:
    """The next sign of somebody who is typing."""
    shown: dict[str, Any] = (await client.notification(MESSAGE_TYPE)).json
    return shown


async def leaves(api: AccountClient, client: Twilsock, room: str, identity: str) -> None:
    """Returns when the participant is removed and their client knows."""
    await watch_mine(client, await user_sid(api, identity))
    sid = await member(api, room, identity)
    assert (await api.delete(f"/Conversations/{room}/Participants/{sid}")).status == 204
    for key in (sid, room):
        await client.event("map_item_removed", item_key=key)


async def member(api: AccountClient, room: str, identity: str) -> str:
    rows = await api.listed(f"/Conversations/{room}/Participants")
    return str(next(row["sid"] for row in rows if row["identity"] == identity))


async def test_the_other_participants_see_who_is_typing(api: AccountClient, clients: Clients) -> None:
    room = await room_with(api, "alice@x", "bob", "carol")
    elsewhere = await room_with(api, "bob")
    alice, second = [await clients.of("alice@x", room) for _ in range(2)]
    bob, carol = await clients.of("bob", room), await clients.of("carol")
    await watch(bob, elsewhere)
    answer = await alice.post_form(PATH, ChannelSid=room)
    assert answer.row == {"typing_timeout": 5}
    shown = {"channel_sid": room, "identity": "alice@x", "typing_timeout": 6}
    assert await sign(bob) == {**shown, "member_sid": await member(api, room, "alice@x")}
    for each in (alice, second, bob, carol):
        await each.nothing_more()


async def test_a_word_that_follows_another_at_once_is_answered_and_dropped(
    api: AccountClient, clients: Clients
) -> None:
    rooms = [await room_with(api, "alice", "bob") for _ in range(2)]
    alice, bob = await clients.of("alice", rooms[0]), await clients.of("bob", rooms[0])
    await watch(bob, rooms[1])
    with api.parlour.statements() as sent:
        for room in (rooms[0], rooms[0], rooms[1], rooms[0]):
            assert (await alice.post_form(PATH, ChannelSid=room)).row == {"typing_timeout": 5}
    assert len(sent) == 2, sent
    assert [(await sign(bob))["channel_sid"] for _ in rooms] == rooms
    await bob.nothing_more()


async def test_only_participants_may_type(api: AccountClient, clients: Clients) -> None:
    room = await room_with(api, "bob", "gone")
    bob, stranger, gone = await clients.of("bob", room), await clients.of("stranger"), await clients.of("gone", room)
    await leaves(api, gone, room, "gone")
    made = await stranger.post("/Client/v2/Conversations", {"friendly_name": "not joined yet"})
    for client, sid, refusal in (
        (stranger, room, (403, 50430)),
        (gone, room, (403, 50430)),
        (stranger, made.row["sid"], (403, 50430)),
        (stranger, NOWHERE, (404, 20404)),
        (stranger, "front-desk", (404, 20404)),
        (stranger, "", (404, 20404)),
    ):
        assert (await client.post_form(PATH, ChannelSid=sid)).refusal == refusal
    bodies: list[Any] = [{"ChannelSid": room}, {"ChannelSid": [1]}, {"ChannelSid": []}, [], "x", 1, None]
    for body in bodies:
        assert (await bob.post(PATH, body)).refusal == (400, 20001), body
    assert (await bob.post_form(PATH, Channel=room)).refusal == (400, 20001)
    assert (await bob.get(PATH)).refusal == (405, 20004)


async def test_another_account_cannot_type_into_a_conversation(
    api: AccountClient, clients: Clients, other_api: AccountClient
) -> None:
    room = await room_with(api, "bob")
    bob = await clients.of("bob", room)
    async with connected(other_api.parlour, await token_for(other_api, "bob")) as stranger:
        assert (await stranger.post_form(PATH, ChannelSid=room)).refusal == (404, 20404)
    await bob.nothing_more()


async def test_a_participant_in_another_process_sees_it_and_who_has_left_does_not(
    api: AccountClient, clients: Clients, database_url: str
) -> None:
    awkward = "älice %+!"
    room = await room_with(api, awkward, "bob", "carol")
    async with serving(database_url) as second, AsyncExitStack() as stack:
        there = Clients(api, stack)
        alice = await clients.of(awkward, room)
        bob, carol = await there.of("bob", room, second), await there.of("carol", room, second)
        await leaves(api, carol, room, "carol")
        await alice.post_form(PATH, ChannelSid=room)
        shown = await sign(bob)
        assert (shown["identity"], shown["channel_sid"]) == (awkward, room)
        await carol.nothing_more()
        await bob.post_form(PATH, ChannelSid=room)
        assert (await sign(alice))["identity"] == "bob"


async def test_clients_that_did_not_register_for_it_get_none(api: AccountClient, clients: Clients) -> None:
    room = await room_with(api, "alice", "bob")
    alice, bob = await clients.of("alice", room), await clients.of("bob", room)
    async with dialled(api.parlour) as quiet:
        types = [each for each in MESSAGE_TYPES if each != MESSAGE_TYPE]
        registrations = [{"product": "ip_messaging", "type": "ers", "message_types": types}]
        assert (await quiet.log_in(await token_for(api, "bob"), registrations=registrations)).status == 200
        await watch(quiet, room)
        await alice.post_form(PATH, ChannelSid=room)
        await sign(bob)
        await quiet.nothing_more()


class Bus:
    """What would go to other processes."""

    def __init__(self) -> None:
        self.said: list[tuple[str, ...]] = []
        self.heard: Callable[..., None] = lambda *parts: None

    def listen(self, kind: str, listener: Callable[..., None]) -> None:
        self.heard = listener

    def say(self, kind: str, *parts: str) -> None:
        self.said.append(parts)


async def test_so_many_typers_are_remembered_and_no_longer_than_they_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without sockets, since the point is what is kept of ten thousand of them, and when it is forgotten."""
    now, bus = 0.0, Bus()
    shown: list[str] = []

    def watchers(conversation_sid: str) -> list[Any]:
        shown.append(conversation_sid)
        return []

    Typing(_never, watchers, bus, lambda: now)
    monkeypatch.setattr(typing, "MAX_TYPERS", 3)
    for number in (1, 2, 3, 4, 1):
        bus.heard(f"CH{number}", "MB", "alice")
    assert shown == ["CH1", "CH2", "CH3"], "the fourth is one too many, and the first was shown a moment ago"
    now = QUIET_SECONDS
    for number in (4, 1):
        bus.heard(f"CH{number}", "MB", "alice")
    bus.heard("of a newer parlour")
    assert shown[3:] == ["CH4", "CH1"]
    assert bus.said == [], "what another process says is not said again"


async def _never(scope: Scope, conversation_sid: str, identity: str) -> str:
    raise AssertionError("nobody is asked about what another process says")
