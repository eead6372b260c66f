"""What resources declare to the event feed: every fact, and nothing of it that callers may not see."""

import importlib
import importlib.util
import pkgutil
from typing import Any

import msgspec

from parlour import resources
from parlour.contract.feed import Members, Plain, Rendered, shown
from parlour.contract.rest import Place
from parlour.core.facts import Fact, FactReader
from parlour.core.scope import Scope
from parlour.resources.catalogue import FACTS, RESOURCES
from tests.core.test_facts import logged
from tools.events import sample

AT = Place.of(Scope("AC1", "IS1", explicit=True), "http://parlour.test/v1")


class Room(msgspec.Struct, frozen=True):
    sid: str
    doors: int


class RoomBuilt(Fact, frozen=True, kw_only=True):
    room: Room
    why: str
    secret: str = "token"


def view(room: Room, at: Place) -> Any:
    return {"sid": room.sid, "below": at.root}


PARTS: Members = {"room": Rendered(view), "why": Plain("the reason")}


def test_every_fact_is_declared() -> None:
    assert set(FACTS) == facts_told()


def facts_told() -> set[type[Fact]]:
    """All facts that resources name; one that others are made of is none."""
    found: set[type[Fact]] = set()
    for package in pkgutil.iter_modules(resources.__path__):
        name = f"{resources.__name__}.{package.name}.facts"
        if package.ispkg and importlib.util.find_spec(name) is not None:
            classes = [each for each in vars(importlib.import_module(name)).values() if isinstance(each, type)]
            found |= {each for each in classes if issubclass(each, Fact) and each is not Fact}
    return {each for each in found if not each.__name__.endswith("Fact")}


def test_a_payload_has_what_is_declared_and_nothing_else() -> None:
    views = {resource.view: resource.row for resource in RESOURCES}
    for fact, parts in FACTS.items():
        given = shown(parts, sample(fact), AT)
        assert set(given) == set(parts)
        for name, part in parts.items():
            if isinstance(part, Rendered):
                fields = {field.name for field in msgspec.structs.fields(views[part.view])}
                assert set(msgspec.to_builtins(given[name])) <= fields
            else:
                assert isinstance(part, Plain)


def test_a_fact_is_shown_by_its_parts() -> None:
    built = RoomBuilt(room=Room("RM1", 2), why="because")
    assert shown(PARTS, built, AT) == {"room": {"sid": "RM1", "below": AT.root}, "why": "because"}


def test_a_member_that_was_not_kept_is_left_out() -> None:
    old = FactReader([RoomBuilt]).read(logged("RoomBuilt", {"why": "because"}))
    assert isinstance(old, RoomBuilt)
    assert shown(PARTS, old, AT) == {"why": "because"}
