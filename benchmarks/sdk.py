"""What the client SDK does as it starts: it reads everything of every conversation, and subscribes to it."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from benchmarks.failures import Failed
from benchmarks.twilsock import Line, Object, Reply

FIRST_CALL, FURTHER_CALLS = 100, 1000
"""Subscriptions in one call: the SDK learns of the larger number by the first answer."""
OBJECTS_OF_A_CONVERSATION = (("ET", "channel", "document"), ("ES", "messages", "list"), ("MP", "roster", "map"))


class Found(msgspec.Struct, frozen=True):
    """What a client read as it started."""

    conversations: list[str]
    """Their SIDs."""
    objects: Sequence[Object]
    """What it will subscribe to."""
    initialized: float
    """When the SDK says that it is initialized, by ``time.perf_counter()``."""


class Started(msgspec.Struct, frozen=True):
    """How a start went."""

    initialized: float
    """Seconds from the first packet until the SDK says that it is initialized …"""
    complete: float
    """… and until the last subscription is confirmed."""


async def start(line: Line, token: str) -> Started:
    """Logs in, and does all that the SDK does before it is quiet."""
    began = time.perf_counter()
    logged_in = await line.log_in(token)
    if logged_in.status != 200:
        raise Failed(f"A log-in is answered {logged_in.status}: {logged_in.body[:300]!r}")
    found = await read(line)
    await subscribe(line, found.objects)
    return Started(found.initialized - began, time.perf_counter() - began)


async def read(line: Line) -> Found:
    """Reads all that a user sees."""
    names = (await line.call("GET", "/Client/v2/Configuration")).json["sync_objects"]
    mine, own, listed = await asyncio.gather(
        line.call("GET", f"/v3/Maps/{names['my_conversations']}"),
        line.call("GET", f"/v3/Maps/{names['my_user_info']}", Include="items"),
        line.call("GET", "/Client/v2/MyConversations"),
    )
    initialized = time.perf_counter()
    conversations = await _listed(line, listed)
    objects: list[Object] = [(each["sid"], "map", each["last_event_id"]) for each in (own.json, mine.json)]
    objects += await _read(line, conversations)
    return Found(conversations, objects, initialized)


async def subscribe(line: Line, objects: Sequence[Object]) -> None:
    """Subscribes to them, in calls of the sizes that the SDK makes."""
    rest = range(FIRST_CALL, len(objects), FURTHER_CALLS)
    for some in (objects[:FIRST_CALL], *(objects[at : at + FURTHER_CALLS] for at in rest)):
        await line.subscribe(some)


async def _listed(line: Line, answer: Reply) -> list[str]:
    """The SIDs of all the user's conversations, page after page."""
    page = answer.json
    sids = [str(each["conversation_sid"]) for each in page["conversations"]]
    while token := page["meta"]["next_token"]:
        page = (await line.call("GET", "/Client/v2/MyConversations", PageToken=token)).json
        sids += [str(each["conversation_sid"]) for each in page["conversations"]]
    return sids


async def _read(line: Line, conversations: list[str]) -> list[Object]:
    """Reads what there is of them: all documents at once, then all lists and maps, then what is in the maps."""
    objects: list[Object] = []
    documents, rest = OBJECTS_OF_A_CONVERSATION[:1], OBJECTS_OF_A_CONVERSATION[1:]
    for kinds in (documents, rest):
        wanted = [
            (f"/v3/{kind.capitalize()}s/{start}{sid}.{name}", kind)
            for sid in conversations
            for start, name, kind in kinds
        ]
        answers = await asyncio.gather(*(line.call("GET", path) for path, _ in wanted))
        for (_, kind), answer in zip(wanted, answers, strict=True):
            found: dict[str, Any] = answer.json
            objects.append((found["sid"], kind, found["last_event_id"]))
    rosters = [f"/v3/Maps/MP{sid}.roster/Items" for sid in conversations]
    for answer in await asyncio.gather(*(line.call("GET", path, PageSize=50, Order="asc") for path in rosters)):
        if not answer.json["items"]:
            raise Failed("A conversation is read that nobody takes part in.")
    return objects
