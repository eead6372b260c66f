"""The parts that reach others; a new kind of output is listed here."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import msgspec

from parlour.composition.guard import forbid_private, guard_of
from parlour.delivery.deliverer import Deliverer, Outputs
from parlour.delivery.notice import Notice
from parlour.outbound.client import Client
from parlour.runtime.metrics import (
    LANES,
)
from parlour.runtime.node import Node
from parlour.runtime.work import FindPreAction
from parlour.settings import Settings
from parlour.webhooks.ask import PreActionWebhooks
from parlour.webhooks.output import Webhooks
from parlour.webhooks.plan import Planner
from parlour.webhooks.retrying import Retrying
from parlour.webhooks.secrets import SigningSecrets


class Outside(msgspec.Struct, frozen=True):
    """The parts that reach others."""

    pre_action: FindPreAction
    on_proxied: Callable[[], None]
    """Called for each request that some proxy passed on."""
    outputs: Outputs
    deliverer: Deliverer


@asynccontextmanager
async def open_outside(node: Node, settings: Settings) -> AsyncIterator[Outside]:
    """These parts, for the length of the block."""
    guard = guard_of(settings)
    async with Client(guard) as client:
        secrets, notice = SigningSecrets(node), Notice(node.metrics, access_log=settings.log.access_log)
        retrying = Retrying(settings.webhooks.retries, node.patience)
        webhooks = Webhooks(node.clock, client, secrets, retrying, Planner(settings.webhooks.studio_url))
        outputs = {output.audience: output for output in (webhooks,)}
        deliverer = Deliverer(node, outputs, notice)
        node.metrics.gauge(LANES, read=lambda: deliverer.busy)
        is_undecided = settings.webhooks.allow_private is None
        yield Outside(
            PreActionWebhooks(node, client, secrets, notice),
            partial(forbid_private, guard) if is_undecided else lambda: None,
            outputs,
            deliverer,
        )
        await deliverer.close()
