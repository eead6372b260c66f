"""Who may be an actor, under which name, and where they may enter."""

import msgspec
import pytest

from parlour.core.actor import QUIET_SYSTEM, SYSTEM, AccountKey, Actor, EndUser, Source
from parlour.core.permissions import Permission, named
from parlour.core.scope import Scope

KEY = Actor(source=Source.API, principal=AccountKey("AC1", "SK1"), asks_webhooks=True, request="RQ1")
ALICE = Actor(
    source=Source.SDK,
    principal=EndUser("AC1", "IS1", "US1", "alice", frozenset({Permission.JOIN_CONVERSATION})),
    asks_webhooks=True,
)


@pytest.mark.parametrize("source", [Source.API, Source.SDK])
def test_only_parlour_itself_has_no_principal(source: Source) -> None:
    with pytest.raises(ValueError, match="no principal"):
        Actor(source=source)


def test_parlour_itself_has_none() -> None:
    with pytest.raises(ValueError, match="SYSTEM"):
        Actor(source=Source.SYSTEM, principal=AccountKey("AC1", "AC1"))


def test_an_end_user_has_a_name_and_nobody_else() -> None:
    assert (ALICE.identity, ALICE.name) == ("alice", "alice")
    assert [(each.identity, each.name) for each in (KEY, SYSTEM)] == [(None, "system")] * 2


@pytest.mark.parametrize(("identity", "expected"), [("alice", True), ("US1", False), ("bob", False), (None, False)])
def test_what_is_an_end_users_own_bears_their_identity(identity: str | None, expected: bool) -> None:
    assert ALICE.has_identity(identity) is expected
    assert not KEY.has_identity(identity)


@pytest.mark.parametrize(("reference", "expected"), [("alice", True), ("US1", True), ("bob", False), ("US2", False)])
def test_an_end_user_is_known_by_sid_and_identity(reference: str, expected: bool) -> None:
    assert ALICE.is_user(reference) is expected
    assert not KEY.is_user(reference)


@pytest.mark.parametrize(
    ("actor", "scope", "expected"),
    [
        (KEY, Scope("AC1", "IS2"), True),
        (KEY, Scope("AC2", "IS1"), False),
        (ALICE, Scope("AC1", "IS1"), True),
        (ALICE, Scope("AC1", None), True),
        (ALICE, Scope("AC1", "IS2"), False),
        (ALICE, Scope("AC2", "IS1"), False),
        (QUIET_SYSTEM, Scope("AC2", "IS1"), True),
    ],
)
def test_nobody_enters_what_is_not_theirs(actor: Actor, scope: Scope, expected: bool) -> None:
    assert actor.may_enter(scope) is expected


@pytest.mark.parametrize("actor", [KEY, ALICE, SYSTEM])
def test_an_actor_is_the_same_after_it_was_kept(actor: Actor) -> None:
    assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(actor)), Actor) == actor


def test_a_permission_that_parlour_does_not_know_gives_no_right() -> None:
    assert named(["sendMessage", "flyToTheMoon"]) == {Permission.SEND_MESSAGE}
