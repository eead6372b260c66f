"""Facts: what has happened, as classes whose members are what the event log keeps."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, TypeVar, cast

import msgspec

from parlour.core.actor import Actor
from parlour.core.audience import EVERYBODY, NOBODY, Audience

S = TypeVar("S", bound=msgspec.Struct)


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened and cannot be refused any more.

    Its class is its type, in the past tense (``MessageAdded``). Its members are what a reader of the log needs to
    tell others of it, without asking the tables again.
    """

    concerns: ClassVar[Audience] = Audience.WEBHOOK
    """Audiences that learn of it if the caller wants that."""
    always_concerns: ClassVar[Audience] = NOBODY
    """Audiences that learn of it whatever the caller wants."""
    is_told_by_sql: ClassVar[bool] = False
    """Whether a statement may write it into the log past ``Transaction.tell``. No resource may react to it then."""

    @classmethod
    def audience(cls, actor: Actor) -> Audience:
        """The audiences of such a fact when *actor* causes it."""
        return _audience(cls, actor.asks_webhooks)

    @property
    def event_id(self) -> int | None:
        """From the store-wide event counter, as it was written on the changed row (or its tombstone) under the same
        lock, so that the facts of one conversation carry ascending numbers in the order of their commits. None: a
        fact about something that carries no number; it gets the next one."""
        return None

    @property
    def conversation_sid(self) -> str | None:
        """The conversation that it is about."""
        return None

    @property
    def identity(self) -> str | None:
        """The user that it is about, by its identity."""
        return None

    @property
    def subject_sid(self) -> str | None:
        """What it is about."""
        return None


@cache
def _audience(fact: type[Fact], is_for_webhooks: bool) -> Audience:
    wanted = EVERYBODY if is_for_webhooks else EVERYBODY & ~Audience.WEBHOOK
    return (fact.concerns & wanted) | fact.always_concerns


class LoggedEvent(msgspec.Struct, frozen=True):
    """A row of the event log as a reader receives it."""

    id: int
    account_sid: str
    service_sid: str
    conversation_sid: str | None
    type: str
    source: str
    audiences: int
    """A set of Audience."""
    payload: dict[str, Any]
    created_at: datetime
    request_sid: str | None
    """The request that caused it."""
    identity: str | None
    """Of the user that acted with a client SDK."""

    @property
    def webhooks(self) -> bool:
        """Whether it goes to webhooks."""
        return self.is_for(Audience.WEBHOOK)

    def is_for(self, audience: Audience) -> bool:
        """Whether *audience* learns of it."""
        return bool(self.audiences & audience)


class FactReader:
    """Makes facts of what the event log keeps."""

    def __init__(self, types: Iterable[type[Fact]]) -> None:
        """*types*: those that it knows."""
        self._known = {each.__name__: (each, lenient(each)) for each in types}

    def read(self, event: LoggedEvent) -> Fact | None:
        """The fact that *event* holds; None if its type is unknown.

        A member or column that did not exist when the fact was kept is None.
        """
        if event.type not in self._known:
            return None
        known, kept = self._known[event.type]
        return known(**msgspec.structs.asdict(msgspec.convert(event.payload, kept)))


def lenient(model: type[S]) -> type[S]:
    """The same Struct, and Structs in it, without what is required."""
    fields: list[tuple[str, Any, Any]] = [
        (each.name, _lenient_type(each.type) | None, None) for each in msgspec.structs.fields(model)
    ]
    return cast(type[S], msgspec.defstruct(model.__name__, fields, bases=(model,), frozen=True, kw_only=True))


def _lenient_type(annotation: Any) -> Any:
    return (
        lenient(annotation) if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct) else annotation
    )
