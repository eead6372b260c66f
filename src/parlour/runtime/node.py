"""Node: what the calls and the loops of this process share, built once and complete."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Hashable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

from parlour.core.actor import Actor, EndUser
from parlour.core.clock import Clock
from parlour.core.errors import Unavailable
from parlour.core.retention import Retention
from parlour.core.scope import Scope
from parlour.runtime import topics
from parlour.runtime.coalesce import SingleFlight
from parlour.runtime.connected import Connected
from parlour.runtime.follow import Follower
from parlour.runtime.leases import Leases
from parlour.runtime.live import Live
from parlour.runtime.long_pages import LongPages
from parlour.runtime.metrics import Metrics
from parlour.runtime.proofs import Proofs
from parlour.runtime.shares import Shares
from parlour.runtime.signals import Signals
from parlour.storage.database import CONNECTION_TIMEOUT_SECONDS, Database, share_of
from parlour.storage.group import GroupCommit, Grouped
from parlour.storage.pipeline import Pipelines
from parlour.storage.transaction import Reactions, Transaction, check_reactions
from parlour.storage.vault import Vault, VaultError
from parlour.tokens.model import DEFAULT_ALGORITHM, Signer

T = TypeVar("T")


class Node:
    """The way to the database, the clock, the vault, and what is woken after a commit.

    *reactions*: of resources to the facts of those below them; *message_batch*: the most writes that share a commit;
    *patience*: for how long after an event its webhooks are waited for where their receivers are away.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        vault: Vault,
        reactions: Reactions,
        *,
        signals: Signals,
        follower: Follower,
        metrics: Metrics,
        retention: Retention,
        patience: timedelta,
        message_batch: int,
        token_algorithms: Collection[str] = (DEFAULT_ALGORITHM,),
    ) -> None:
        check_reactions(reactions)
        self.database, self.clock, self.vault, self.reactions = database, clock, vault, reactions
        self.follower = follower
        self.signals, self.metrics, self.retention, self.patience = signals, metrics, retention, patience
        self.live = Live(database, signals)
        """What happens, for those who look on."""
        self.single_flight = SingleFlight()
        self.scopes: Leases[Scope] = Leases()
        """By account and named service."""
        self.end_users: Leases[EndUser] = Leases()
        """By service and the SID of the user: with what the user's role permits."""
        self.webhooks: Leases[Any] = Leases()
        """By service: the webhooks that are asked before a change."""
        self.connected = Connected()
        """Whose sockets are in this process."""
        self.token_algorithms = token_algorithms
        """By which access tokens may be signed."""
        self.signers: Proofs[Signer] = Proofs()
        """By API key and service: what proves their tokens."""
        self.pipelines = Pipelines(database)
        self.long_pages = LongPages(CONNECTION_TIMEOUT_SECONDS)
        self.shares = Shares(share_of(database.limit), CONNECTION_TIMEOUT_SECONDS)
        self._message_batch = message_batch
        self._groups: dict[str, GroupCommit] = {}

    async def leased(self, leases: Leases[T], question: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """What *read* gives, or gave within the length of a lease; who asks the same at the same time shares it."""
        known = leases.get(question)
        if known is not None:
            return known

        async def renew() -> T:
            asked_at = leases.now()
            answer = await read()
            leases.keep(question, answer, asked_at)
            return answer

        return await self.single_flight.do((id(leases), question), renew)

    def decrypt(self, ciphertext: bytes) -> str:
        """The secret; raises Unavailable, with the cause, if the key does not open it."""
        try:
            return self.vault.decrypt(ciphertext)
        except VaultError as error:
            raise Unavailable from error

    def group(self, statement: str | Grouped) -> GroupCommit:
        """The group commit of the statement; made on first use."""
        sql = statement if isinstance(statement, str) else statement.sql
        if sql not in self._groups:
            self._groups[sql] = GroupCommit(self.database, statement, limit=self._message_batch)
        return self._groups[sql]

    @asynccontextmanager
    async def transaction(self, scope: Scope, actor: Actor) -> AsyncIterator[Transaction]:
        """A transaction at the present moment; once it is committed, what waits for its facts is woken."""
        async with self.database.transaction(scope, actor, self.clock.now(), self.reactions) as tx:
            yield tx
        self.signals.committed(topics.of_all(tx.told), tx.audience)
