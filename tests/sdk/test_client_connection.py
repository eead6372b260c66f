"""The client SDK over a line that breaks, with a server that moves it, and with tokens that end.

Each test plays on all releases at once, since most of its time the SDK waits.
"""

import asyncio
import json
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

from tests.account_client import new_account
from tests.sdk.client_process import RELEASES, Thing
from tests.sdk.client_stories.expect import named, update_of
from tests.sdk.client_stories.people import typing_ends_by_itself
from tests.sdk.conftest import Sdks
from tests.sdk.meddler import Meddler, meddled
from tests.sdk.stage import Stage, staged
from tests.server import MovableClock, Parlour
from tests.twilsock import Packet

Tale = Callable[[Stage, Meddler], Awaitable[None]]


@asynccontextmanager
async def stages(sdks: Sdks, parlour: Parlour) -> AsyncIterator[list[tuple[Stage, Meddler]]]:
    """A stage and a line for each release."""
    async with AsyncExitStack() as stack:
        made = []
        for release in RELEASES:
            line = await stack.enter_async_context(meddled(parlour.url))
            sdk = await sdks.of(release)
            made.append((await stack.enter_async_context(staged(sdk, await new_account(parlour), line.url)), line))
        yield made


async def on_all(sdks: Sdks, parlour: Parlour, tale: Tale) -> None:
    async with stages(sdks, parlour) as all:
        failures = await asyncio.gather(*(tale(*one) for one in all), return_exceptions=True)
        told = {stage.sdk.release: failure for (stage, _), failure in zip(all, failures, strict=True) if failure}
        assert not told, "\n".join(
            f"{release}: {''.join(traceback.format_exception(failure))}" for release, failure in told.items()
        )


async def test_what_happened_while_the_line_was_cut_is_told_once(sdks: Sdks, parlour: Parlour) -> None:
    async def tale(stage: Stage, line: Meddler) -> None:
        api = stage.api
        room = await stage.room("alice", "bob", FriendlyName="before")
        left = await stage.room("alice")
        gone, edited, kept = await stage.post(room, "goes", "is edited", "stays")
        alice = await stage.log_in("alice")
        conversation = await alice.getConversationBySid(room["sid"])
        await conversation.getMessages()
        await conversation.getParticipants()
        path = f"/Conversations/{room['sid']}"
        for _ in range(2):
            await alice.event("conversationJoined")

        await line.cut()
        await alice.event("connectionStateChanged", lambda state: state == "connecting")
        await api.post(f"{path}/Messages/{edited['sid']}", Body="was edited")
        await api.delete(f"{path}/Messages/{gone['sid']}")
        await stage.post(room, "came meanwhile")
        await api.post(path, FriendlyName="after")
        await api.post(f"{path}/Participants/bob", Attributes='{"was": "changed"}')
        await api.made(f"{path}/Participants", Identity="carol")
        await api.delete(f"/Conversations/{left['sid']}/Participants/alice")
        joined = await stage.room("alice", FriendlyName="new")
        line.is_down = False

        assert (await alice.event("messageUpdated", update_of("body")))["message"].body == "was edited"
        assert (await alice.event("messageRemoved")).sid == gone["sid"]
        assert (await alice.event("messageAdded")).body == "came meanwhile"
        told = await alice.event("conversationUpdated", update_of("friendlyName"))
        assert told["conversation"].friendlyName == "after"
        told = await alice.event("participantUpdated", update_of("attributes"))
        assert told["participant"].attributes == {"was": "changed"}
        assert (await alice.event("participantJoined", named(identity="carol"))).type == "chat"
        assert (await alice.event("conversationLeft")).sid == left["sid"]
        assert (await alice.event("conversationJoined")).sid == joined["sid"]

        await stage.post(room, "live")
        assert (await alice.event("messageAdded")).body == "live"
        for event in ("messageAdded", "messageRemoved", "conversationLeft", "conversationJoined"):
            assert alice.told(event) == [], event
        bodies = [each.body for each in (await conversation.getMessages()).items]
        assert bodies == ["was edited", kept["body"], "came meanwhile", "live"]

    await on_all(sdks, parlour, tale)


async def test_a_client_that_was_told_to_go_elsewhere_comes_back(sdks: Sdks, parlour: Parlour) -> None:
    async def tale(stage: Stage, line: Meddler) -> None:
        room = await stage.room("alice")
        alice = await stage.log_in("alice")
        status = {"code": 308, "status": "PERMANENT_REDIRECT"}
        policy = json.dumps({"backoff_policy": {"reconnect_min_ms": 10}}).encode()
        await alice.event("connectionStateChanged", lambda state: state == "connected")
        await line.say(Packet({"method": "close", "id": "1", "status": status}, policy))
        await alice.event("connectionStateChanged", lambda state: state == "disconnecting")
        await stage.post(room, "meanwhile")
        await alice.event("connectionStateChanged", lambda state: state == "connected")
        assert (await alice.event("messageAdded")).body == "meanwhile"

    await on_all(sdks, parlour, tale)


def editing(line: Meddler, change: Callable[[dict[str, Any]], bool]) -> None:
    """The first packet of the server whose body *change* changes goes out changed; all others as they are."""
    done: list[bool] = []

    def edit(packet: Packet) -> Packet | None:
        if (
            done
            or not packet.payload
            or not packet.header.get("payload_type", "application/json").startswith("application/json")
        ):
            return packet
        body = packet.json
        if not isinstance(body, dict) or not change(body):
            return packet
        done.append(True)
        return Packet(packet.header, json.dumps(body).encode()) if body else None

    line.edit = edit


def asks_twice() -> Callable[[Any], bool]:
    """Of bodies of subscriptions, one after the other: whether an object is asked for that was asked for before."""
    asked: set[str] = set()

    def wanted(body: dict[str, Any]) -> bool:
        sids = {each["object_sid"] for each in body["requests"] if body["action"] == "establish"}
        is_again = bool(sids & asked)
        asked.update(sids)
        return is_again

    return wanted


async def test_confirmations_that_were_lost_or_interrupted_are_asked_for_again(sdks: Sdks, parlour: Parlour) -> None:
    def impatient(body: dict[str, Any]) -> None:
        if "estimated_delivery_in_ms" in body:
            body["estimated_delivery_in_ms"] = 500

    def lost(body: dict[str, Any]) -> bool:
        is_it = body.get("event_type") == "subscription_established"
        if is_it:
            body.clear()
        return is_it

    def interrupted(body: dict[str, Any]) -> bool:
        is_it = body.get("event_type") == "subscription_established"
        for event in body.get("events", []) if is_it else []:
            event["replay_status"] = "interrupted"
        return is_it

    async def tale(stage: Stage, line: Meddler) -> None:
        room = await stage.room("alice")
        for number, fault in enumerate((lost, interrupted)):
            editing(line, fault)
            first = line.edit
            line.edit = lambda packet, first=first: _hastened(first(packet), impatient)  # type: ignore[misc]
            again = asyncio.create_task(line.call("/v4/Subscriptions", asks_twice()))
            alice = await stage.log_in("alice")
            await again
            await stage.post(room, f"after {fault.__name__}")
            assert (await alice.event("messageAdded")).index == number
            assert alice.told("messageAdded") == []
            stage.clients.remove(alice)
            await alice.shutdown()

    await on_all(sdks, parlour, tale)


def _hastened(packet: Packet | None, change: Callable[[dict[str, Any]], None]) -> Packet | None:
    if packet is None or b"estimated_delivery_in_ms" not in packet.payload:
        return packet
    body = packet.json
    change(body)
    return Packet(packet.header, json.dumps(body).encode())


async def test_subscriptions_are_renewed_when_their_time_is_over(sdks: Sdks, parlour: Parlour) -> None:
    def soon(body: dict[str, Any]) -> None:
        body["ttl_in_s"] = 1

    async def tale(stage: Stage, line: Meddler) -> None:
        room = await stage.room("alice")
        await stage.post(room, "before")
        line.edit = lambda packet: _hastened(packet, soon)
        renewed = asyncio.create_task(line.call("/v4/Subscriptions", lambda body: body.get("reason") == "ttl"))
        alice = await stage.log_in("alice")
        await (await alice.getConversationBySid(room["sid"])).getMessages()
        await renewed
        await stage.post(room, "after")
        assert (await alice.event("messageAdded")).body == "after"
        assert alice.told("messageAdded") == []

    await on_all(sdks, parlour, tale)


async def test_tokens_that_are_no_good_are_told_apart(sdks: Sdks, parlour: Parlour) -> None:
    async def tale(stage: Stage, line: Meddler) -> None:
        bad = await stage.open(await stage.token("alice") + "x")
        assert (await bad.event("connectionError"))["terminal"] is True
        await bad.event("connectionStateChanged", lambda state: state == "denied")
        assert bad.told("tokenExpired") == []
        now = int(stage.api.parlour.clock.now().timestamp())
        old = await stage.open(await stage.token("alice", iat=now - 7200, exp=now - 3600))
        await old.event("tokenExpired")
        assert (await old.event("connectionError"))["terminal"] is True
        stage.sdk.unhandled.clear()

    await on_all(sdks, parlour, tale)


async def test_a_token_is_renewed_in_time_or_too_late(sdks: Sdks, parlour: Parlour, clock: MovableClock) -> None:
    async with stages(sdks, parlour) as all:
        alices: list[tuple[Stage, Thing, str]] = []
        for stage, _ in all:
            room = await stage.room("alice")
            alices.append((stage, await stage.log_in("alice"), room["sid"]))
        clock.advance(timedelta(seconds=3600 - 170))
        for stage, alice, _ in alices:
            await alice.event("tokenAboutToExpire")
            await alice.updateToken(await stage.token("alice"))
        clock.advance(timedelta(seconds=180))
        for stage, alice, sid in alices:
            await stage.post({"sid": sid}, "still here")
            assert (await alice.event("messageAdded")).body == "still here"
            assert alice.told("tokenExpired") == []
        clock.advance(timedelta(seconds=3600))
        for _, alice, _ in alices:
            await alice.event("tokenExpired")
        for stage, alice, sid in alices:
            await alice.event("connectionStateChanged", lambda state: state == "disconnected")
            await stage.post({"sid": sid}, "meanwhile")
            await alice.updateToken(await stage.token("alice"))
            assert (await alice.event("messageAdded")).body == "meanwhile"


async def test_typing_ends_by_itself(sdks: Sdks, parlour: Parlour) -> None:
    async def tale(stage: Stage, line: Meddler) -> None:
        await typing_ends_by_itself(stage)

    await on_all(sdks, parlour, tale)
