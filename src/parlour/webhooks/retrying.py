"""Retrying: what becomes of a delivery that was not taken, and when it is tried again."""

from datetime import timedelta

import msgspec

from parlour.contract.delivery import DeliveryState
from parlour.outbound.client import Exchange, Fault, Request

RETRIED = (429, 503, 504)
"""The answers after which a call is tried again, as it is when there was none."""
AWAY = (*RETRIED, 502, 521, 522, 523, 524)
"""The answers that say of a receiver which is waited for that it is not there: what proxies say in its place, too."""
MAX_PAUSE_SECONDS = 20
"""Between two tries of a delivery: what a receiver that is back may miss, besides a call that was just under way."""


class Retrying(msgspec.Struct, frozen=True):
    """How often, and for how long, a delivery that was not taken is tried again."""

    retries: int
    """So often in any case."""
    patience: timedelta = timedelta()
    """For so long after the event, as long as the receiver is away."""

    def outcome(self, exchange: Exchange[Request], attempts: int, age: timedelta) -> DeliveryState:
        """What becomes of a delivery of that *age* after *attempts* earlier calls and this one."""
        if exchange.status is not None and 200 <= exchange.status < 300:
            return DeliveryState.DELIVERED
        is_waited_for = is_away(exchange) and age < self.patience
        is_retried = is_away(exchange, RETRIED) and attempts < self.retries
        return DeliveryState.WAITING if is_waited_for or is_retried else DeliveryState.FAILED

    @property
    def longest_pause(self) -> timedelta:
        """The longest that a lane ever waits between two tries."""
        return pause(MAX_PAUSE_SECONDS if self.patience else max(self.retries - 1, 0))


def is_away(exchange: Exchange[Request], answers: tuple[int, ...] = AWAY) -> bool:
    """Whether the receiver seems not to be there: it did not answer, or with one of *answers*."""
    return exchange.status in answers or exchange.fault in (Fault.TIMEOUT, Fault.UNREACHABLE)


def pause(attempts: int) -> timedelta:
    """How long the next call waits after *attempts* earlier ones and one more: 1, 2, 4 … seconds."""
    return timedelta(seconds=min(1 << min(attempts, MAX_PAUSE_SECONDS), MAX_PAUSE_SECONDS))
