"""The node of a process, opened on its database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from parlour.core.clock import Clock, SystemClock, VirtualClock
from parlour.core.duration import duration
from parlour.core.facts import FactReader
from parlour.core.retention import Retention, length
from parlour.resources.catalogue import FACTS, REACTIONS
from parlour.resources.clock import actions as clock_actions
from parlour.runtime.follow import Follower
from parlour.runtime.metric_cells import SharedCounters
from parlour.runtime.metrics import (
    CONNECTIONS,
    MAX_CONNECTIONS,
    WAITED,
    WAITING,
    Metrics,
)
from parlour.runtime.node import Node
from parlour.runtime.signals import Signals
from parlour.settings import Settings, SettingsError
from parlour.settings.groups import ClockKind
from parlour.storage.connect import Limits
from parlour.storage.database import Database
from parlour.storage.key_check import verify
from parlour.storage.vault import Vault


@asynccontextmanager
async def open_node(settings: Settings, clock: Clock | None = None, shared: Path | None = None) -> AsyncIterator[Node]:
    """The parts that every call shares, for the length of the block; *settings* name a database and a key.

    Raises VaultError if the key is not the database's.

    *shared*: the folder in which the processes that serve together keep what they count.
    """
    if settings.database.url is None or settings.secrets.secret_key is None:
        raise SettingsError("A process that serves needs database_url and secret_key.")
    metrics = Metrics(SharedCounters(shared))
    database = Database(
        settings.database.url,
        connections=settings.database.connections,
        statement_cache_size=settings.database.statement_cache_size,
        limits=Limits(
            settings.database.statement_timeout, settings.database.lock_timeout, settings.database.idle_timeout
        ),
        on_wait=partial(metrics.took, WAITED),
    )
    _measure(database, metrics)
    signals = Signals(settings.database.url)
    async with database:
        node = Node(
            database,
            clock or (VirtualClock() if settings.server.clock is ClockKind.VIRTUAL else SystemClock()),
            Vault(settings.secrets.secret_key),
            REACTIONS,
            signals=signals,
            follower=Follower(database, signals.hub, FactReader(FACTS)),
            metrics=metrics,
            retention=Retention(
                deliveries=length(settings.retention.deliveries), events=length(settings.retention.events)
            ),
            patience=duration(settings.webhooks.patience),
            message_batch=settings.database.message_batch,
            token_algorithms=[each.strip() for each in settings.tokens.algorithms.split(",")],
        )
        async with database.session() as reading:
            await verify(reading, node.vault)
        await clock_actions.begin(node)
        yield node


def _measure(database: Database, metrics: Metrics) -> None:
    """From now on the connections to the database are counted."""
    metrics.gauge(CONNECTIONS, "in_use", read=lambda: database.open - database.idle)
    metrics.gauge(CONNECTIONS, "idle", read=lambda: database.idle)
    metrics.gauge(MAX_CONNECTIONS, read=lambda: database.limit)
    metrics.gauge(WAITING, read=lambda: database.waiting)
