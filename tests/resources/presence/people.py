"""Those whose presence tests look at, and what the database says of it."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from parlour.runtime.connected import Connected, Connection
from parlour.runtime.node import Node
from parlour.runtime.signals import PRESENCE
from tests.account_client import AccountClient
from tests.realtime.rooms import known_number, user_sid
from tests.server import Parlour
from tests.twilsock import PATIENCE_SECONDS, Twilsock

OFFLINE = {"online": False, "notifiable": False}
ONLINE = {"online": True, "notifiable": False}


async def enable(api: AccountClient, is_enabled: bool = True) -> None:
    path = f"/v1/Services/{api.service}/Configuration"
    assert (await api.post(path, ReachabilityEnabled=is_enabled)).row["reachability_enabled"] is is_enabled


async def is_online(api: AccountClient, identity: str) -> bool | None:
    shown: bool | None = (await api.get(f"/Users/{identity}")).row["is_online"]
    return shown


async def watch(client: Twilsock, api: AccountClient, identity: str) -> str:
    """Subscribes to what the user shows; returns its SID."""
    sid = f"MPusers.{await user_sid(api, identity)}"
    replayed, outcome = await client.subscribe(sid, "map", await known_number(client, sid, "map"))
    assert (replayed, outcome["event_type"]) == ([], "subscription_established")
    return sid


async def reachability(client: Twilsock) -> dict[str, Any]:
    """What a client that watches is told next."""
    event = await client.event("map_item_updated", item_key="reachability")
    shown: dict[str, Any] = event["item_data"]
    return shown


async def rows(node: Node, service: str) -> list[tuple[str, str]]:
    """Identity and process of all that is written down."""
    async with node.database.session() as reading:
        found = await reading.fetch("select identity, process from presence_sockets where service_sid = $1", service)
    return sorted((identity, process) for identity, process in found)


async def execute(node: Node, sql: str, *values: object) -> None:
    async with node.database.session() as reading:
        await reading.execute(sql, *values)


def later(parlour: Parlour, seconds: float) -> None:
    """So much time passes for those who have gone; and it is time to look after other processes."""
    ahead = parlour.inside.connected.now() - time.monotonic() + seconds
    parlour.inside.connected.now = lambda: time.monotonic() + ahead
    parlour.inside.signals.wake(PRESENCE)


async def until(api: AccountClient, holds: Callable[[Connected, Connection], bool]) -> None:
    """Returns when it *holds* of what the process knows of Alice."""
    connected, alice = api.parlour.inside.connected, Connection(api.account, api.service, "alice")
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds(connected, alice):
            api.parlour.inside.signals.wake(PRESENCE)
            await api.get(api.parlour.url + "/healthz")


async def until_rows(node: Node, service: str, identities: list[str]) -> None:
    """Returns when these identities are written down, each as often as it stands there."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while sorted(identity for identity, _ in await rows(node, service)) != sorted(identities):
            node.signals.wake(PRESENCE)
