"""Signals: what wakes whom, in this process and in the others of one database.

Background loops and callers wait in the same way: each watches a topic at the hub, a loop the one with its own name.
"""

from collections.abc import Collection
from functools import cache, partial

from parlour.core.audience import Audience
from parlour.runtime.bus import BUS, EVERYTHING, Bus
from parlour.runtime.hub import Hub

RELAYS = {Audience.WEBHOOK: "relay", Audience.CARRIER: "relay to carriers", Audience.PUSH: "relay to push"}
"""By audience: the loop that makes deliveries of what was committed."""
DELIVER = "deliver"
"""The loop that sends deliveries."""
PROBE = "probe"
"""The loop that finds out whether receivers that are away are back."""

PRESENCE = "presence"
"""The loop that writes down who is connected."""


@cache
def relays(audience: Audience) -> tuple[str, ...]:
    """The loops that make deliveries for *audience*."""
    return tuple(RELAYS[each] for each in audience)


class Signals:
    """Those that wait in this process, and the way to those that wait in the others."""

    def __init__(self, database_url: str) -> None:
        self.hub = Hub()
        self.bus = Bus(database_url, self._hear, partial(self.wake, BUS))

    def wake(self, *topics: str) -> None:
        """Wakes what watches *topics* in this process: there is news, committed and visible."""
        self.hub.wake(topics)

    def wake_everywhere(self, *topics: str) -> None:
        """The same in every process: here at once, elsewhere soon."""
        self.hub.wake(topics)
        self.bus.publish(*topics)

    def wake_all(self) -> None:
        """There may be news of everything: it is another time now."""
        self.hub.wake_all()

    def committed(self, topics: Collection[str], audience: Audience) -> None:
        """Facts about *topics* can be read now, some of which are for *audience*.

        Other processes learn it for those that wait there. Their relays do not: this one's is at work.
        """
        self.hub.wake(relays(audience))
        if topics:
            self.wake_everywhere(*topics)

    def _hear(self, topic: str) -> None:
        if topic == EVERYTHING:
            self.hub.wake_all()
        else:
            self.hub.wake((topic,))
