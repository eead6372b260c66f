"""Facts: what is read from the event log, also what was kept before a column came."""

from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec
import pytest

from parlour.core.actor import QUIET_SYSTEM, SYSTEM
from parlour.core.audience import EVERYBODY, NOBODY, Audience
from parlour.core.facts import Fact, FactReader, LoggedEvent

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Room(msgspec.Struct, frozen=True):
    sid: str
    built_at: datetime
    doors: int
    """A column that came later."""


class RoomBuilt(Fact, frozen=True, kw_only=True):
    room: Room
    before: Room | None = None
    why: str
    """A member that came later."""


READER = FactReader([RoomBuilt])


def logged(type: str, payload: dict[str, Any]) -> LoggedEvent:
    """An event of the log that holds *payload*."""
    return LoggedEvent(1, "AC1", "IS1", None, type, "API", 0, payload, NOW, None, None)


def test_a_fact_is_read_as_it_was_told() -> None:
    told = RoomBuilt(room=Room("RM1", NOW, 2), why="because")
    read = READER.read(logged("RoomBuilt", msgspec.to_builtins(told)))
    assert type(read) is RoomBuilt
    assert msgspec.to_builtins(read) == msgspec.to_builtins(told)
    assert read.room.built_at == NOW


def test_what_came_after_a_fact_was_kept_is_none_and_what_is_gone_is_passed_over() -> None:
    kept = {"room": {"sid": "RM1", "built_at": "2026-01-01T00:00:00+00:00", "a column that is gone": 1}}
    read = READER.read(logged("RoomBuilt", kept))
    assert isinstance(read, RoomBuilt)
    assert isinstance(read.room, Room)
    assert msgspec.to_builtins(read) == {
        "room": {"sid": "RM1", "built_at": "2026-01-01T00:00:00Z", "doors": None},
        "before": None,
        "why": None,
    }


def test_a_fact_of_an_unknown_type_is_none() -> None:
    assert READER.read(logged("RoomRazed", {})) is None


def test_a_payload_of_another_shape_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        READER.read(logged("RoomBuilt", {"room": "RM1"}))


class Heard(Fact, frozen=True, kw_only=True):
    concerns: ClassVar[Audience] = EVERYBODY


class Forced(Fact, frozen=True, kw_only=True):
    always_concerns: ClassVar[Audience] = Audience.WEBHOOK


@pytest.mark.parametrize(
    ("fact", "quietly", "loudly"),
    [
        (RoomBuilt, NOBODY, Audience.WEBHOOK),
        (Heard, Audience.CARRIER | Audience.PUSH, EVERYBODY),
        (Forced, Audience.WEBHOOK, Audience.WEBHOOK),
    ],
)
def test_only_webhooks_have_to_be_asked_for(fact: type[Fact], quietly: Audience, loudly: Audience) -> None:
    assert fact.audience(QUIET_SYSTEM) == quietly
    assert fact.audience(SYSTEM) == loudly
