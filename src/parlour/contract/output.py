"""The port of an output: what a kind of receiver brings, so that the delivery machine reaches it."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

import msgspec

from parlour.contract.delivery import Attempt, Delivery, DeliveryState
from parlour.contract.explain import Explainer
from parlour.core.audience import Audience
from parlour.core.facts import LoggedEvent

T_contra = TypeVar("T_contra", contravariant=True)
"""A transaction of the storage below."""


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that is to be put into its lane."""

    account_sid: str
    sid: str
    service_sid: str
    conversation_sid: str | None
    subject_sid: str
    event_id: int
    event_type: str
    target: str
    """Whose delivery it is, among those of the audience; what lists can be filtered by."""
    payload: Any
    """What the output needs to send it: JSON, or a Struct that becomes JSON."""
    lane_key: str
    """Names what has to arrive in order, in the account and among all outputs."""
    receiver: str
    """The receiver of all deliveries of several lanes, which may be away for all of them."""
    request_sid: str | None
    replay_of: str | None = None

    @property
    def lane(self) -> str:
        """The lane's name, of the same length whatever the key's."""
        return hashlib.sha256(self.lane_key.encode()).hexdigest()[:32]


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A try, and what it makes of the delivery."""

    attempt: Attempt
    state: DeliveryState
    answer: str | int
    """For counting: the status, or what went wrong, of few values."""
    next_at: datetime | None = None
    """Where the delivery waits: when it is tried again."""
    until: datetime | None = None
    """Where it waits: for how long it is tried at most."""
    is_answered: bool = True
    """Whether the receiver was there."""
    is_parked: bool = False
    """Whether the lane waits apart, until its receiver is found to be back."""
    failed_before: datetime | None = None
    """Where the delivery failed after a long wait: what is behind it in the lane, and was made before that moment,
    fails with it, untried."""
    has_effects: bool = False
    """Whether ``settle`` has something to do."""


class Output(Protocol[T_contra]):
    """A kind of receiver."""

    audience: Audience
    name: str
    """As the log calls it."""
    kind: str
    """As metrics count it."""
    max_unconfirmed: int
    """Attempts of a lane that may be on their way into the database while the next delivery is sent. Those are sent
    again after a crash, with the one that was under way."""
    longest_pause: timedelta
    """The longest that a lane waits between two tries."""
    explainer: Explainer[Any]
    """Says what it had to do with things."""

    def plan(self, tx: T_contra, events: Sequence[LoggedEvent]) -> AsyncIterator[Sequence[Planned]]:
        """The deliveries for *events*, in order, in portions; with the position in the log they are committed. It may
        write what belongs to them. An event that it cannot plan for holds up nobody: it is logged and left out."""

    async def again(self, tx: T_contra, deliveries: Sequence[Delivery], request_sid: str | None) -> Sequence[Planned]:
        """Replays of *deliveries*, in their order, to where their targets are now; without those whose targets are
        gone. *request_sid*: of the call that asked for it."""

    async def begin(self, account_sid: str, deliveries: Sequence[Delivery]) -> Any:
        """What all *deliveries* of a claim need to be sent: credentials, a connection. It is handed to ``send``."""

    async def send(self, session: Any, delivery: Delivery) -> Sent:
        """Sends it, once; never raises for what the other side does wrong."""

    async def settle(self, tx: T_contra, delivery: Delivery, sent: Sent) -> None:
        """Writes what follows from the attempt, in the transaction that keeps it. Called where ``has_effects``."""

    def shown(self, delivery: Delivery) -> Mapping[str, Any]:
        """What the live tail shows of its target."""

    def logged(self, attempt: Attempt) -> Mapping[str, Any]:
        """What the log says of it beside what all attempts have; ``sensitive`` gives what is left out as a rule."""
