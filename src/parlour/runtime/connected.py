"""Connected: the identities that have sockets in this process, and those about which something is to be written down.

Memory only, and bounded by the sockets: an identity is kept while it has one, and after that until it has been written
down that it has none.
"""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from itertools import islice

import msgspec

GRACE_SECONDS = 5.0
"""For which an identity counts as connected after its last socket, so that who comes back was never away."""


class Connection(msgspec.Struct, frozen=True):
    """An identity in a service that has sockets."""

    account_sid: str
    service_sid: str
    identity: str


class Connected:
    """Counts the sockets of each identity. *now*: in seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self.grace_seconds = GRACE_SECONDS
        self._sockets: Counter[Connection] = Counter()
        self._leaves_at: dict[Connection, float] = {}
        """Those without a socket that still count."""
        self._dirty: dict[Connection, None] = {}
        """What may have to be written, the oldest first."""
        self._services: Counter[str] = Counter()
        """How many of the identities are in each service."""
        self.known: dict[str, bool] = {}
        """Of the services that were looked at last: whether reachability is enabled there."""
        self.process: str | None = None
        """As whom this process writes its rows; None while it has none."""
        self.due_at = 0.0
        """When the process shows next that it lives, and looks after those that do not."""
        self.suspects: dict[Connection, float] = {}
        """Those that are called online though no process has a socket of theirs, and since when."""

    def __len__(self) -> int:
        return len(self._sockets)

    @property
    def services(self) -> Collection[str]:
        """Those with an identity here."""
        return list(self._services)

    def has(self, connection: Connection) -> bool:
        """Whether the identity counts as connected."""
        return connection in self._sockets

    def began(self, connection: Connection) -> None:
        """The identity has one more socket."""
        if connection not in self._sockets:
            self._services[connection.service_sid] += 1
        self._sockets[connection] += 1
        self._leaves_at.pop(connection, None)
        self._dirty[connection] = None

    def ended(self, connection: Connection) -> bool:
        """The identity has one socket less; after the last it counts for a little longer.

        Returns whether it is now the next that leaves.
        """
        self._sockets[connection] -= 1
        if self._sockets[connection]:
            return False
        self._leaves_at[connection] = self.now() + self.grace_seconds
        return len(self._leaves_at) == 1

    def let_go(self) -> float | None:
        """Those whose time is up are no longer connected; returns after how many seconds the next will be."""
        now = self.now()
        for connection in [each for each, leaves_at in self._leaves_at.items() if leaves_at <= now]:
            del self._leaves_at[connection], self._sockets[connection]
            self._services[connection.service_sid] -= 1
            if not self._services[connection.service_sid]:
                del self._services[connection.service_sid]
            self._dirty[connection] = None
        return min(self._leaves_at.values()) - now if self._leaves_at else None

    def touch(self, services: Collection[str]) -> None:
        """Something may have to be written about all those that are connected in *services*."""
        self._dirty.update(dict.fromkeys(each for each in self._sockets if each.service_sid in services))

    def take(self, limit: int) -> list[Connection]:
        """The oldest of those about which something may have to be written: they are no longer that."""
        taken = list(islice(self._dirty, limit))
        for each in taken:
            del self._dirty[each]
        return taken

    def put_back(self, connections: Iterable[Connection]) -> None:
        """They still are: it could not be written."""
        self._dirty.update(dict.fromkeys(connections))

    @property
    def is_dirty(self) -> bool:
        """Whether there is something that may have to be written."""
        return bool(self._dirty)
