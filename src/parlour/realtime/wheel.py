"""The wheel: looks at every socket once in a while, a slice of them each second, so that no socket needs a timer."""

from collections.abc import Iterator

from parlour.realtime.socket import Socket


class Wheel:
    """Sockets in *slots*, of which one comes round each second."""

    def __init__(self, slots: int, now: float) -> None:
        self._slots: list[set[Socket]] = [set() for _ in range(slots)]
        self._turned_at = now
        self._at = 0
        self._next = 0

    def add(self, socket: Socket) -> int:
        """The slot in which *socket* is from now on."""
        self._next = (self._next + 1) % len(self._slots)
        self._slots[self._next].add(socket)
        return self._next

    def discard(self, socket: Socket, slot: int) -> None:
        """*socket* is gone."""
        self._slots[slot].discard(socket)

    def due(self, now: float) -> Iterator[Socket]:
        """Those whose turn has come since the last call, each once."""
        self._turned_at = min(self._turned_at, now)
        passed = min(int(now - self._turned_at), len(self._slots))
        if passed > 0:
            self._turned_at = now if passed == len(self._slots) else self._turned_at + passed
        for _ in range(passed):
            self._at = (self._at + 1) % len(self._slots)
            yield from list(self._slots[self._at])
