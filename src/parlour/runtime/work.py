"""Work: one call on its way through the house, and all that an action may ask for."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

from parlour.contract.webhook import Proposal
from parlour.core.actor import Actor
from parlour.core.clock import Clock
from parlour.core.scope import Scope
from parlour.runtime.shared import SharedReads
from parlour.runtime.supervisor import Loop
from parlour.runtime.tallies import Tallies
from parlour.storage.group import GroupCommit
from parlour.storage.pool import Database
from parlour.storage.transaction import Reactions, Reading, Transaction
from parlour.storage.vault import Vault

T = TypeVar("T")
RELAY = "relay"
"""The loop that tells webhooks of what was committed."""


class House:
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
        is_watching: bool = True,
    ) -> None:
        self.database, self.clock, self.vault, self.reactions = database, clock, vault, reactions
        self._most = message_batch
        self.is_relaxed = is_relaxed
        """Whether published limits are only noted; whoever lets calls in asks for ``core.limits.relaxed`` then."""
        self.is_watching = is_watching
        """Whether it is counted what each account calls."""
        self.shared = SharedReads()
        self.tallies = Tallies(database, clock)
        self._groups: dict[str, GroupCommit] = {}
        self.loops: dict[str, Loop] = {}
        """What this process does in the background, by name; none in a process that does not serve."""

        self.asker: Callable[[Work, Proposal], Awaitable[dict[str, str]]] | None = None
        """Asks the pre-action webhook that a proposal concerns; None in a process that does not serve."""

    def call(self, loop: str) -> None:
        """There is something to do for the background loop of that name, committed and visible."""
        if loop in self.loops:
            self.loops[loop].call()

    def group(self, sql: str) -> GroupCommit:
        """The group commit of the statement *sql*; made on first use."""
        if sql not in self._groups:
            self._groups[sql] = GroupCommit(self.database, sql, most=self._most)
        return self._groups[sql]

    @asynccontextmanager
    async def transaction(self, scope: Scope, actor: Actor) -> AsyncIterator[Transaction]:
        """A transaction at the present moment; once it is committed, those who wait for its facts are called."""
        async with self.database.transaction(scope, actor, self.clock.now(), self.reactions) as tx:
            yield tx
        if tx.fires_webhooks:
            self.call(RELAY)


class Work:
    """One call: who asks (actor), what it may see (scope), and the ways to read and to write."""

    def __init__(self, house: House, scope: Scope, actor: Actor) -> None:
        self.house, self.scope, self.actor = house, scope, actor

    def read(self) -> AbstractAsyncContextManager[Reading]:
        """A connection for statements that only read."""
        return self.house.database.session()

    async def ask(self, proposal: Proposal, draft: T) -> T:
        """*draft* (a draft or an edit) as the pre-action webhook lets it pass; raises WebhookRefused.

        Called after validation, with no transaction open; where the call fires no webhooks nobody is asked.
        """
        if not self.actor.webhooks or self.house.asker is None:
            return draft
        changes = await self.house.asker(self, proposal)
        if not changes or proposal.form is None:
            return draft
        amended: T = proposal.form.amend(draft, changes)
        return amended

    def write(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction whose facts carry this call's scope and actor."""
        return self.house.transaction(self.scope, self.actor)
