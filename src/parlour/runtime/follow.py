"""Following the log: one reader per process for everything in it that waits for facts.

However many subscriptions there are, what was committed is read once and handed to those that it concerns. A process
reads when it or another one says that there is news of a topic that somebody here has subscribed to, and from time to
time without that, since signals can be lost. Where nobody waits, nothing is read.

There are two kinds of subscribers. A `Subscription` has read the log by itself, and does so again where what is new
does not fit into one read. The `FactReceiver`, which sockets have in common, can't: it gets everything, in as many
parts as it takes.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol

import msgspec

from parlour.core.facts import FactReader, LoggedEvent
from parlour.runtime import topics
from parlour.runtime.hub import Hub, Waiter
from parlour.storage import feed, log
from parlour.storage.database import Database
from parlour.storage.feed import Fresh
from parlour.storage.snapshots import Snapshot

FOLLOW = "follow"
"""The name of the loop."""
INTERVAL_SECONDS = 2.0
"""Seconds after which the log is read without a signal, if anybody waits."""
MIN_INTERVAL_SECONDS = 0.005
"""Seconds between two reads; what is committed meanwhile is read together."""
MAX_FACTS = 500
"""In one read. If there are more, each reader goes on by itself from where it is, and the follower for its receiver."""


class FactReceiver(Protocol):
    """Gets every fact of some accounts, once and in order."""

    @property
    def accounts(self) -> Collection[str]:
        """Those of which it gets facts, each watched from `Follower.follow` on."""

    async def receive(self, facts: Sequence[tuple[int, LoggedEvent]], *, is_complete: bool) -> None:
        """Takes facts, each with the transaction that wrote it; not *is_complete*: more that became visible with them
        come next. If it raises, it gets them again."""

    def lose(self) -> None:
        """What comes next does not join what it got before."""


class _Rest(msgspec.Struct, frozen=True):
    """What of a difference between two snapshots is still to be read for the receiver."""

    seen: str
    until: str
    after: int
    accounts: list[str]


class Subscription:
    """One reader that has read the log to its end and is now handed what comes."""

    def __init__(self, follower: "Follower", wants: Callable[[LoggedEvent], bool], waiter: Waiter) -> None:
        self._follower, self._wants, self._waiter = follower, wants, waiter
        self._seen: Snapshot | None = None
        self._began_at: Snapshot | None = None
        self._events: list[tuple[int, LoggedEvent]] = []
        self.is_broken = False
        """Whether something may be missing, so that the reader has to read by itself."""

    def restart(self) -> None:
        """The reader begins to read by itself; from now on what is handed to it is kept."""
        self._began_at = self._follower.seen
        self._events.clear()
        self.is_broken = False

    def is_joined(self, seen: Snapshot) -> bool:
        """Whether nothing can be missing between *seen*, up to which the reader has read by itself, and what it is
        handed. If not, it reads once more."""
        if self._began_at is None and not self._follower.begin(seen):
            return False
        self._seen = seen
        return True

    def offer(self, written_by: int, event: LoggedEvent) -> None:
        """Keeps the fact if the reader wants it."""
        if self._wants(event):
            self._events.append((written_by, event))
            self._waiter.wake()

    def break_off(self) -> None:
        """The reader has to read by itself."""
        self.is_broken = True
        self._waiter.wake()

    def wake(self) -> None:
        """Has the reader look whether the process is about to end."""
        self._waiter.wake()

    def take(self) -> tuple[list[LoggedEvent], Snapshot]:
        """What came since the reader joined, and the snapshot up to which that is everything."""
        assert self._seen is not None, "take() comes after is_joined()"
        events = [event for written_by, event in self._events if not self._seen.sees(written_by)]
        reached = self._follower.seen
        return events, reached if reached is not None and self._seen.is_before(reached) else self._seen


class Follower:
    """Reads the log on and hands each fact to the subscriptions that it concerns.

    *facts*: reads the facts whose users have subscribers.
    """

    def __init__(self, database: Database, hub: Hub, facts: FactReader) -> None:
        self._database, self._hub, self._facts = database, hub, facts
        self._subscriptions: defaultdict[str, set[Subscription]] = defaultdict(set)
        self._next_at = 0.0
        self._receiver: FactReceiver | None = None
        self._rest: _Rest | None = None
        self._undelivered: tuple[Sequence[tuple[int, LoggedEvent]], bool] | None = None
        self.seen: Snapshot | None = None
        """How far the log has been read; None while nobody waits."""

    def number(self, topic: str) -> int:
        """How many have subscribed to the topic."""
        return len(self._subscriptions.get(topic, ()))

    def wake(self) -> None:
        """There may be news of a topic that somebody has subscribed to."""
        self._hub.wake((FOLLOW,))
        if self._hub.is_closing:
            for each in self._each():
                each.wake()

    @contextmanager
    def subscribed(self, topic: str, wants: Callable[[LoggedEvent], bool], waiter: Waiter) -> Iterator[Subscription]:
        """A subscription to the facts about *topic* that the reader wants, for the length of the block."""
        subscription = Subscription(self, wants, waiter)
        self._subscriptions[topic].add(subscription)
        self._hub.watch(topic, self)
        try:
            yield subscription
        finally:
            self._subscriptions[topic].discard(subscription)
            if not self._subscriptions[topic]:
                del self._subscriptions[topic]
                self._hub.leave(topic, self)
            self._rest_if_nobody_waits()

    def hand_to(self, receiver: FactReceiver) -> None:
        """The *receiver* of this process, for good."""
        self._receiver = receiver

    async def follow(self, account: str) -> None:
        """From now on the receiver, which names the account already, gets what becomes visible in it."""
        self._hub.watch(account, self)
        if self.seen is None:
            async with self._database.session() as reading:
                self.begin(Snapshot.of((await log.end(reading)).seen))

    def unfollow(self, account: str) -> None:
        """The receiver names the account no longer."""
        self._hub.leave(account, self)
        self._rest_if_nobody_waits()

    def _rest_if_nobody_waits(self) -> None:
        if not self._subscriptions and not self._received:
            self.seen = self._rest = None

    @property
    def _received(self) -> Collection[str]:
        return self._receiver.accounts if self._receiver is not None else ()

    def begin(self, seen: Snapshot) -> bool:
        """Whether the log is read from *seen* on, or from something earlier."""
        if self.seen is None:
            self.seen = seen
            self.wake()  # race: what was committed after *seen* has perhaps woken nobody
        return not seen.is_before(self.seen)

    async def run_once(self) -> bool | float:
        """Reads what was committed since the last time, for all accounts in which somebody waits."""
        await self._deliver()
        before = self.seen
        if before is None:
            return False
        pause = self._next_at - time.monotonic()
        if pause > 0:
            return pause
        self._next_at = time.monotonic() + MIN_INTERVAL_SECONDS
        await (self._read_rest(self._rest) if self._rest is not None else self._read(before))
        await self._deliver()
        return self._rest is not None

    async def _read(self, before: Snapshot) -> None:
        accounts = {topics.account(topic) for topic in self._subscriptions} | set(self._received)
        async with self._database.session() as reading:
            fresh = await feed.fresh(reading, before.text, sorted(accounts), limit=MAX_FACTS)
        if self.seen is not before:
            return
        if not accounts.issuperset(self._received):
            self.wake()  # race: the receiver has begun with an account that was not read for, so it is read again
            return
        self._hand_out(fresh, accounts)
        self._keep(fresh, before.text, sorted(self._received))

    async def _read_rest(self, rest: _Rest) -> None:
        async with self._database.session() as reading:
            fresh = await feed.fresh(
                reading, rest.seen, rest.accounts, limit=MAX_FACTS, until=rest.until, after=rest.after
            )
        if self._rest is rest:
            self._keep(fresh, rest.seen, rest.accounts)

    def _keep(self, fresh: Fresh, seen: str, accounts: list[str]) -> None:
        """Puts by what the receiver gets."""
        self._rest = None
        if self._receiver is None or not accounts:
            return
        if fresh.is_moved:
            self._receiver.lose()
            return
        if not fresh.is_complete:
            self._rest = _Rest(seen, fresh.seen, fresh.events[-1][1].id, accounts)
        events = [each for each in fresh.events if each[1].account_sid in accounts]
        self._undelivered = (events, fresh.is_complete)

    async def _deliver(self) -> None:
        """What was put by is kept if the receiver raises."""
        if self._undelivered is not None and self._receiver is not None:
            events, is_complete = self._undelivered
            await self._receiver.receive(events, is_complete=is_complete)
            self._undelivered = None

    def _hand_out(self, fresh: Fresh, accounts: set[str]) -> None:
        """race: a subscription to another account that began during the read was not read for."""
        self.seen = Snapshot.of(fresh.seen)
        for topic, subscriptions in self._subscriptions.items():
            if not fresh.is_complete or topics.account(topic) not in accounts:
                for each in subscriptions:
                    each.break_off()
        if fresh.is_complete and self._subscriptions:
            for written_by, event in fresh.events:
                for topic in self._topics(event):
                    for each in self._subscriptions.get(topic, ()):
                        each.offer(written_by, event)

    def _topics(self, event: LoggedEvent) -> Iterator[str]:
        yield event.account_sid
        if event.conversation_sid is not None:
            yield topics.conversation(event.account_sid, event.conversation_sid)
        with suppress(msgspec.ValidationError):  # a fact that nobody can read must not keep others from the rest
            fact = self._facts.read(event)
            if fact is not None and fact.identity is not None:
                yield topics.user(event.account_sid, event.service_sid, fact.identity)

    def _each(self) -> Iterator[Subscription]:
        for subscriptions in self._subscriptions.values():
            yield from subscriptions
