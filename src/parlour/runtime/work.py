"""Work: one call on its way, and all that an action may ask for."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

import msgspec

from parlour.contract.output import Output
from parlour.contract.webhook import PreAction, ProposedChange
from parlour.core.actor import Actor
from parlour.core.audience import Audience
from parlour.core.clock import Clock
from parlour.core.errors import PermissionDenied
from parlour.core.retention import Retention
from parlour.core.scope import Scope
from parlour.core.webhook_events import PreEvent
from parlour.runtime.node import Node
from parlour.storage.group import Grouped
from parlour.storage.pipeline import Pipelines
from parlour.storage.transaction import Reading, Record, Transaction

D = TypeVar("D", bound=msgspec.Struct)
R = TypeVar("R", bound=msgspec.Struct)
T = TypeVar("T")
Ask = Callable[["Work", ProposedChange], Awaitable[msgspec.Struct]]
"""Asks one webhook; the draft as it lets it pass. Raises WebhookRefused, and what is wrong with its amendments."""
FindPreAction = Callable[[str, PreEvent], Awaitable[Ask | None]]
"""Finds the pre-action webhook that wants to be asked before an event in a service."""


async def ask_nobody(service_sid: str, event: PreEvent) -> Ask | None:
    """Asks no webhook: in a process that does not serve."""
    return None


class Nothing(msgspec.Struct, frozen=True):
    """The draft of a change that needs none: of a deletion."""


NOTHING = Nothing()


class _Undone(Exception):
    """Ends a transaction that was for trial."""


class Work:
    """One call: its actor, its scope, and the ways to read and to write.

    *concerned*: the references of what it may change, for which others may wait at the same time.
    """

    def __init__(
        self,
        node: Node,
        scope: Scope,
        actor: Actor,
        concerned: Sequence[str] = (),
        *,
        find_pre_action: FindPreAction = ask_nobody,
        outputs: Mapping[Audience, Output[Transaction]] | None = None,
    ) -> None:
        if not actor.may_enter(scope):
            raise PermissionDenied
        self.scope, self.actor = scope, actor
        self._node, self._find_pre_action = node, find_pre_action
        self.outputs = outputs or {}
        """What this process delivers, by audience; nothing in a process that does not serve."""
        self._concerned = [f"{scope.service or scope.account}/{reference}" for reference in concerned]

    @property
    def now(self) -> datetime:
        """The present moment, by the clock of the server."""
        return self._node.clock.now()

    @property
    def clock(self) -> Clock:
        """The clock of the server."""
        return self._node.clock

    @property
    def retention(self) -> Retention:
        """For how long what is only looked back at is kept."""
        return self._node.retention

    @property
    def patience(self) -> timedelta:
        """For how long after an event its webhooks are waited for where their receivers are away."""
        return self._node.patience

    @property
    def pipelines(self) -> Pipelines:
        """Reads that share a round trip with others of their kind."""
        return self._node.pipelines

    def encrypt(self, secret: str) -> bytes:
        """The secret as it may be stored."""
        return self._node.vault.encrypt(secret)

    def decrypt(self, ciphertext: bytes) -> str:
        """The secret; raises Unavailable, with the cause, if the key does not open it."""
        return self._node.decrypt(ciphertext)

    def wake(self, *topics: str) -> None:
        """Wakes what watches *topics* in this process: there is news, committed and visible."""
        self._node.signals.wake(*topics)

    def wake_everywhere(self, *topics: str) -> None:
        """The same in every process."""
        self._node.signals.wake_everywhere(*topics)

    def wake_all(self) -> None:
        """There may be news of everything: it is another time now."""
        self._node.signals.wake_all()

    def saw(self, line: Callable[[], dict[str, Any]]) -> None:
        """Shows *line* to those who look on at the account, if anybody does."""
        if self.scope.account in self._node.live.wanted:
            self._node.live.saw(self.scope.account, line())

    async def run(self, act: Callable[[Node], Awaitable[T]]) -> T:
        """What *act* gives, which a background loop does as well and for all accounts."""
        return await act(self._node)

    def read(self) -> AbstractAsyncContextManager[Reading]:
        """A connection for statements that only read."""
        return self._node.database.session()

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
        ask = await self._find_pre_action(self.scope.service, pre_action.event)
        if ask is None:
            return draft
        outcome = await self._try_out(step, draft)
        return cast(D, await ask(self, ProposedChange.of(pre_action, self.scope.service, draft, outcome)))

    async def _try_out(self, step: Callable[[Transaction, D], Awaitable[R]], draft: D) -> R:
        """What *step* would give; everything it did is undone."""
        outcomes: list[R] = []
        try:
            async with (
                self._node.shares.of(self._concerned),
                self._node.database.transaction(
                    self.scope, self.actor, self._node.clock.now(), self._node.reactions
                ) as tx,
            ):
                outcomes.append(await step(tx, draft))
                raise _Undone
        except _Undone:
            return outcomes[0]

    async def outlast_scopes(self) -> None:
        """Returns when every process sees to which services paths lead since the change that was just committed."""
        await self._node.scopes.outlast()

    async def outlast_roles(self) -> None:
        """The same for what roles permit to users."""
        await self._node.end_users.outlast()

    async def outlast_webhooks(self) -> None:
        """The same for which webhooks are asked before a change."""
        await self._node.webhooks.outlast()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """A transaction whose facts carry this call's scope and actor."""
        async with self._node.shares.of(self._concerned), self._node.transaction(self.scope, self.actor) as tx:
            yield tx

    async def submit(self, statement: str | Grouped, *values: object) -> Record | None:
        """The row of *statement*, which is committed together with other writes of its kind."""
        return await self._node.group(statement).submit(*values)

    def committed(self, *topics: str, audience: Audience) -> None:
        """Facts about *topics* that such a statement told can be read now; see ``Signals.committed``."""
        self._node.signals.committed(topics, audience)
