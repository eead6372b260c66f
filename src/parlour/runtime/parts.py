"""Parts: what a resource is made of, so that whatever goes through all resources needs to know none by name."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import chain

import msgspec

from parlour.contract.feed import FactMembers
from parlour.contract.rest import Resource
from parlour.contract.sync import Addition, Projection
from parlour.runtime.metrics import Metric
from parlour.runtime.node import Node
from parlour.storage.service_deletion import Table
from parlour.storage.transaction import Reactions


class Task(msgspec.Struct, frozen=True):
    """Something that a resource does in the background."""

    name: str
    run_once: Callable[[Node], Awaitable[bool | float]]
    """See ``runtime/loops.py``."""
    interval: float
    """Seconds after which it is done without a signal."""


class Measure(msgspec.Struct, frozen=True):
    """A gauge of background work that waits, which a scrape asks the database for."""

    metric: Metric
    expression: str
    """SQL, see ``storage/backlog.py``: how much waits, or since when; of a moment the gauge shows the age."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """One resource."""

    rest: Sequence[Resource] = ()
    client: Sequence[Resource] = ()
    """The same for client SDKs."""
    facts: FactMembers = {}
    """What the event feed shows of its facts."""
    sync: Sequence[Projection | Addition] = ()
    """The Sync objects by which client SDKs see it."""
    reactions: Reactions = {}
    """What it changes because of facts of the resources below it, in the same transaction."""
    tasks: Sequence[Task] = ()
    backlog: Sequence[Measure] = ()
    """What waits to be done by its tasks and the machines that serve it."""
    tables: Sequence[Table] = ()
    """Those that hold what is in a service, each after those that its rows refer to."""


def reactions_of(resources: Iterable[Parts]) -> Reactions:
    """The reactions of all *resources*, to one fact in their order."""
    found: dict[type, list[Callable[..., Awaitable[None]]]] = {}
    for fact, reactions in chain.from_iterable(each.reactions.items() for each in resources):
        found.setdefault(fact, []).extend(reactions)
    return found
