"""What resources declare to the event feed: every fact, and nothing of it that callers may not see."""

import importlib
import importlib.util
import pkgutil
from datetime import UTC, datetime
from typing import Any

import msgspec

from parlour import resources
from parlour.contract.feed import Parts, Plain, Row, shown
from parlour.contract.rest import Place
from parlour.core.scope import Scope
from parlour.resources.catalogue import FEED, RESOURCES
from tools.events import payload, sample

AT = Place.of(Scope("AC1", "IS1", explicit=True), "http://parlour.test/v1")


def types_told() -> set[str]:
    """The types of all facts that resources name."""
    found = set()
    for package in pkgutil.iter_modules(resources.__path__):
        name = f"{resources.__name__}.{package.name}.events"
        if package.ispkg and importlib.util.find_spec(name) is not None:
            constants = vars(importlib.import_module(name)).items()
            found |= {value for each, value in constants if each.isupper() and isinstance(value, str)}
    return found


def test_every_fact_is_declared() -> None:
    assert set(FEED) == types_told()


def test_a_payload_has_what_is_declared_and_nothing_else() -> None:
    views = {resource.view: resource.row for resource in RESOURCES}
    for parts in FEED.values():
        given = shown(parts, {**payload(parts), "token": "secret"}, AT)
        assert set(given) == set(parts)
        for key, part in parts.items():
            if isinstance(part, Row):
                fields = {field.name for field in msgspec.structs.fields(views[part.view])}
                assert set(msgspec.to_builtins(given[key])) <= fields
            else:
                assert isinstance(part, Plain)


class Room(msgspec.Struct, frozen=True):
    sid: str
    built_at: datetime
    doors: int
    """A column that came later."""


def view(room: Any, at: Place) -> Any:
    return {"sid": room.sid, "built_at": room.built_at, "doors": room.doors, "is_room": isinstance(room, Room)}


def test_a_fact_that_was_kept_before_a_column_came_is_shown_without_it() -> None:
    kept = {"sid": "RM1", "built_at": "2026-01-01T00:00:00+00:00", "a column that is gone": 1}
    assert Row(Room, view).show(kept, AT) == {
        "sid": "RM1",
        "built_at": datetime(2026, 1, 1, tzinfo=UTC),
        "doors": None,
        "is_room": True,
    }


def test_a_part_that_a_fact_does_not_have_is_left_out() -> None:
    parts: Parts = {"room": Row(Room, view), "why": Plain("the reason")}
    assert shown(parts, {"why": "because"}, AT) == {"why": "because"}
    assert set(shown(parts, {"room": sample(Room), "why": None}, AT)) == {"room", "why"}
