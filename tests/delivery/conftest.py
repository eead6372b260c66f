"""What tests of the delivery machine need: a recorder, and a parlour of their own whose carriers it is."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from parlour.delivery.deliverer import Deliverer
from parlour.delivery.notice import Notice
from parlour.delivery.relay import Relay
from parlour.runtime.loops import Loop, Loops
from parlour.runtime.metrics import FAMILIES, WEBHOOK_LATENCY, WEBHOOKS
from parlour.runtime.node import Node
from parlour.runtime.signals import DELIVER, PROBE, RELAYS
from tests.account_client import AccountClient, new_account
from tests.database import migrated_database
from tests.delivery.recorder import EFFECTS, Recorder
from tests.server import serving


@pytest.fixture(autouse=True)
def _counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAMILIES, Recorder.kind, (WEBHOOKS, WEBHOOK_LATENCY))


@pytest.fixture
async def own_api(postgres: str) -> AsyncIterator[AccountClient]:
    """An account in a parlour of its own, in whose database the recorder may write what follows from attempts."""
    async with migrated_database(postgres) as url, serving(url, delivery_retention="P2D", event_retention="3") as own:
        async with own.inside.database.session() as reading:
            await reading.execute(EFFECTS)
        yield await new_account(own)


@pytest.fixture
def recorder(own_api: AccountClient) -> Recorder:
    return Recorder(own_api.parlour.clock)


@asynccontextmanager
async def delivering(node: Node, recorder: Recorder, *, relays: bool = True) -> AsyncIterator[Deliverer]:
    """Another process, which delivers to the recorder and does nothing unless it is woken."""
    deliverer = Deliverer(node, {recorder.audience: recorder}, Notice(node.metrics, access_log=False))
    hour = 3600.0
    loops = [Loop(DELIVER, deliverer.run_once, interval=hour), Loop(PROBE, deliverer.probe, interval=hour)]
    if relays:
        relay = Relay(node, recorder)
        await relay.run_once()  # from now on it knows its place in the log
        loops.append(Loop(RELAYS[recorder.audience], relay.run_once, interval=hour))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(deliverer.close)
        await stack.enter_async_context(Loops(loops, node.signals.hub, lambda name, is_done: None))
        yield deliverer
