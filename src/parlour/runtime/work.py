"""Work: one call on its way, and all that an action may ask for."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import cache
from typing import TypeVar, cast

import msgspec

from parlour.contract.webhook import PreAction, ProposedChange
from parlour.core.actor import Actor
from parlour.core.audience import Audience
from parlour.core.clock import Clock
from parlour.core.errors import PermissionDenied, Unavailable
from parlour.core.retention import Retention
from parlour.core.scope import Scope
from parlour.core.webhook_events import PreEvent
from parlour.runtime.bus import EVERYTHING
from parlour.runtime.coalesce import SingleFlight
from parlour.runtime.hub import Hub
from parlour.runtime.live import TAIL, Live
from parlour.runtime.long_pages import LongPages
from parlour.runtime.loops import Loop
from parlour.runtime.metric_cells import SharedCounters
from parlour.runtime.metrics import Metrics
from parlour.runtime.shares import Shares
from parlour.storage.database import PATIENCE, Database, share_of
from parlour.storage.group import GroupCommit, Grouped
from parlour.storage.pipeline import Pipelines
from parlour.storage.transaction import Reactions, Reading, Transaction, check_reactions
from parlour.storage.vault import Vault, VaultError

RELAYS = {Audience.WEBHOOK: "relay", Audience.CARRIER: "relay to carriers", Audience.PUSH: "relay to push"}
"""By audience: the loop that makes deliveries of what was committed."""


@cache
def relays(audience: Audience) -> tuple[str, ...]:
    """The loops that make deliveries for *audience*."""
    return tuple(RELAYS[each] for each in audience)


DELIVER = "deliver"
"""The loop that sends what waits for webhooks."""
PROBE = "probe"
"""The loop that finds out whether receivers of webhooks that are away are back."""


D = TypeVar("D", bound=msgspec.Struct)
R = TypeVar("R", bound=msgspec.Struct)
Ask = Callable[["Work", ProposedChange], Awaitable[msgspec.Struct]]
"""Asks one webhook; the draft as it lets it pass. Raises WebhookRefused, and what is wrong with its amendments."""
FindPreAction = Callable[[str, PreEvent], Awaitable[Ask | None]]


def _to_nobody(*words: str) -> None:
    """Passes nothing on: in a process that does not serve."""


async def _nobody(service_sid: str, event: PreEvent) -> Ask | None:
    """Asks no webhook: in a process that does not serve."""
    return None


class Nothing(msgspec.Struct, frozen=True):
    """The draft of a change that needs none: of a deletion."""


NOTHING = Nothing()


class _Undone(Exception):
    """Ends a transaction that was for trial."""


class Node:
    """What all calls of this process share: the database, the clock, the vault, the reactions of resources to the
    facts of those below them, what is read for several callers at once, and the open group commits."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        vault: Vault,
        reactions: Reactions,
        *,
        message_batch: int = 100,
        is_relaxed: bool = False,
        retention: Retention | None = None,
        is_logging: bool = False,
        metrics: Metrics | None = None,
        patience: timedelta = timedelta(),
    ) -> None:
        check_reactions(reactions)
        self.database, self.clock, self.vault, self.reactions = database, clock, vault, reactions
        self._limit = message_batch
        self.is_relaxed = is_relaxed
        """Whether published limits are only noted; whoever lets calls in asks for ``core.limits.relaxed`` then."""
        self.retention = retention or Retention()
        """For how long what is only looked back at is kept."""
        self.patience = patience
        """For how long after an event its webhooks are waited for where their receivers are away."""
        self.is_logging = is_logging
        """Whether each request and each call of a webhook is logged."""
        self.metrics = metrics or Metrics(SharedCounters())
        self.single_flight = SingleFlight()
        self.live = Live(database, lambda: self.wake(TAIL), self._spread)
        """What happens, for those who look on."""
        self.pipelines = Pipelines(database)
        self.long_pages = LongPages(PATIENCE)
        self.shares = Shares(share_of(database.limit), PATIENCE)
        self._groups: dict[str, GroupCommit] = {}
        self.loops: dict[str, Loop] = {}
        """What this process does in the background, by name; none in a process that does not serve."""

        self.hub = Hub()
        """Those who wait in this process for something to be committed."""
        self.pass_on: Callable[..., None] = _to_nobody
        """Tells the other processes the names of loops and topics, soon."""

        self.on_proxied: Callable[[], None] = _to_nobody
        """Called for each request that some proxy passed on."""

        self.pre_action_webhooks: FindPreAction = _nobody
        """Finds the pre-action webhook that wants to be asked before an event in a service."""

    def decrypt(self, ciphertext: bytes) -> str:
        """The secret; raises Unavailable, with the cause, if the key does not open it."""
        try:
            return self.vault.decrypt(ciphertext)
        except VaultError as error:
            raise Unavailable from error

    def wake(self, loop: str) -> None:
        """There is something to do for the background loop of that name, committed and visible."""
        if loop in self.loops:
            self.loops[loop].wake()

    def wake_all(self) -> None:
        """There may be something to do for every background loop: it is another time now."""
        for loop in self.loops.values():
            loop.wake()

    def committed(self, accounts: Collection[str], audience: Audience) -> None:
        """Facts of *accounts* can be read now, some of which *audience* learns of.

        Other processes learn it for those who wait there. Their relays do not: this one's is at work.
        """
        for loop in relays(audience):
            self.wake(loop)
        if accounts:
            self.hub.wake(accounts)
            self.pass_on(*accounts)

    def _spread(self, topic: str) -> None:
        """Those are woken who watch the topic: here at once, elsewhere soon."""
        self.hub.wake((topic,))
        self.pass_on(topic)

    def wake_everywhere(self, *loops: str) -> None:
        """The same for background loops of every process: here at once, elsewhere soon."""
        for loop in loops:
            self.wake(loop)
        self.pass_on(*loops)

    def hear(self, word: str) -> None:
        """Another process says a loop's name or a topic."""
        if word == EVERYTHING:
            for loop in self.loops:
                self.wake(loop)
            self.hub.wake_all()
        elif word in self.loops:
            self.wake(word)
        else:
            self.hub.wake((word,))

    def group(self, statement: str | Grouped) -> GroupCommit:
        """The group commit of the statement; made on first use."""
        sql = statement if isinstance(statement, str) else statement.sql
        if sql not in self._groups:
            self._groups[sql] = GroupCommit(self.database, statement, limit=self._limit)
        return self._groups[sql]

    @asynccontextmanager
    async def transaction(self, scope: Scope, actor: Actor) -> AsyncIterator[Transaction]:
        """A transaction at the present moment; once it is committed, those who wait for its facts are called."""
        async with self.database.transaction(scope, actor, self.clock.now(), self.reactions) as tx:
            yield tx
        self.committed(tx.accounts, tx.audience)


class Work:
    """One call: who asks (actor), what it may see (scope), and the ways to read and to write.

    *concerned*: the references of what it may change, for which others may wait at the same time.
    """

    def __init__(self, node: Node, scope: Scope, actor: Actor, concerned: Sequence[str] = ()) -> None:
        if not actor.may_enter(scope):
            raise PermissionDenied
        self.node, self.scope, self.actor = node, scope, actor
        self._concerned = [f"{scope.service or scope.account}/{reference}" for reference in concerned]

    def read(self) -> AbstractAsyncContextManager[Reading]:
        """A connection for statements that only read."""
        return self.node.database.session()

    async def change(self, pre_action: PreAction[R], step: Callable[[Transaction, D], Awaitable[R]], draft: D) -> R:
        """What *step* gives with *draft* in a transaction that is committed.

        Where a pre-action webhook wants to be asked, the step is done for trial first and undone, so that all checks
        are made and it is known what would come of it. Then, with no transaction open, the webhook is asked, and the
        step is done with the draft as it lets it pass. Raises WebhookRefused, and what the step raises.
        """
        draft = await self.approved(pre_action, step, draft)
        async with self.write() as tx:
            return await step(tx, draft)

    async def approved(self, pre_action: PreAction[R], step: Callable[[Transaction, D], Awaitable[R]], draft: D) -> D:
        """*draft* as the pre-action webhook lets it pass; see ``change``."""
        if not self.actor.asks_webhooks or self.scope.service is None:
            return draft
        ask = await self.node.pre_action_webhooks(self.scope.service, pre_action.event)
        if ask is None:
            return draft
        outcome = await self._try_out(step, draft)
        return cast(D, await ask(self, ProposedChange.of(pre_action, self.scope.service, draft, outcome)))

    async def _try_out(self, step: Callable[[Transaction, D], Awaitable[R]], draft: D) -> R:
        """What *step* would give; everything it did is undone."""
        outcomes: list[R] = []
        try:
            async with (
                self.node.shares.of(self._concerned),
                self.node.database.transaction(
                    self.scope, self.actor, self.node.clock.now(), self.node.reactions
                ) as tx,
            ):
                outcomes.append(await step(tx, draft))
                raise _Undone
        except _Undone:
            return outcomes[0]

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """A transaction whose facts carry this call's scope and actor."""
        async with self.node.shares.of(self._concerned), self.node.transaction(self.scope, self.actor) as tx:
            yield tx
