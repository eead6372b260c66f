"""What ``permit`` decides, without a database."""

from collections.abc import Collection

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from parlour.core.actor import SYSTEM, AccountKey, Actor, EndUser, Source
from parlour.core.errors import PermissionDenied, RoleNotSettable
from parlour.core.permissions import Permission
from parlour.core.rights import (
    ACCOUNTS_ONLY,
    FREE,
    NEVER,
    Membership,
    Need,
    Reach,
    Rights,
    given_in,
    left_to_membership,
    needs,
    own_only,
    own_or_any,
    permit,
)

P = Permission
PERMISSIONS = st.frozensets(st.sampled_from(Permission))
EDIT = Rights(
    reach=Reach.CONVERSATION,
    always=needs(P.JOIN_CONVERSATION),
    sent={"text": own_or_any(P.EDIT_OWN_MESSAGE, P.EDIT_ANY_MESSAGE), "role": Need(None, None, RoleNotSettable)},
)


class Sent(msgspec.Struct):
    """What somebody sends."""

    text: str | UnsetType = UNSET
    role: str | UnsetType = UNSET
    date: str | None = None
    names: list[str] = msgspec.field(default_factory=list)


def user(*permissions: Permission) -> Actor:
    return Actor(source=Source.SDK, principal=EndUser("AC1", "IS1", "US1", "alice", frozenset(permissions)))


def is_permitted(
    actor: Actor, rights: Rights, sent: Sent | None = None, *, own: bool, held: Collection[P] = ()
) -> bool:
    try:
        permit(actor, rights, sent, membership=Membership(frozenset(held)), is_own=own)
    except PermissionDenied:
        return False
    return True


@pytest.mark.parametrize("actor", [SYSTEM, Actor(source=Source.API, principal=AccountKey("AC1", "SK1"))])
def test_accounts_and_parlour_itself_may_do_everything(actor: Actor) -> None:
    for rights in (ACCOUNTS_ONLY, EDIT):
        permit(actor, rights, Sent(text="t", role="r", date="d"))
        assert left_to_membership(actor, rights) is None


@given(PERMISSIONS, PERMISSIONS, st.booleans())
def test_nothing_helps_an_end_user_to_what_is_for_accounts(
    of_user: frozenset[P], of_participant: frozenset[P], own: bool
) -> None:
    assert not is_permitted(user(*of_user), ACCOUNTS_ONLY, own=own, held=of_participant)
    assert not is_permitted(user(*of_user), EDIT, Sent(date="d"), own=own, held=of_participant)


@given(PERMISSIONS, PERMISSIONS, st.booleans())
def test_both_roles_count_together(of_user: frozenset[P], of_participant: frozenset[P], own: bool) -> None:
    both = of_user | of_participant
    helpful = {P.EDIT_OWN_MESSAGE, P.EDIT_ANY_MESSAGE} if own else {P.EDIT_ANY_MESSAGE}
    expected = P.JOIN_CONVERSATION in both and bool(helpful & both)
    assert is_permitted(user(*of_user), EDIT, Sent(text="t"), own=own, held=of_participant) is expected


@given(PERMISSIONS, PERMISSIONS)
def test_what_the_service_role_lacks_is_left_to_the_membership(
    of_user: frozenset[P], of_participant: frozenset[P]
) -> None:
    rights = Rights(reach=Reach.CONVERSATION, always=needs(P.SEND_MESSAGE), sent={"text": needs(P.SEND_MEDIA_MESSAGE)})
    left = left_to_membership(user(*of_user), rights, Sent(text="t"))
    assert left is not None
    assert is_permitted(user(*of_user), rights, Sent(text="t"), own=False, held=of_participant) is (
        set(left) <= of_participant
    )


@pytest.mark.parametrize("need", [NEVER, own_only()])
def test_what_no_role_can_bring_is_not_left_to_one(need: Need) -> None:
    with pytest.raises(PermissionDenied):
        left_to_membership(user(*Permission), Rights(reach=Reach.CONVERSATION, always=need))


def test_a_refusal_may_have_a_code_of_its_own() -> None:
    with pytest.raises(RoleNotSettable):
        permit(user(*Permission), EDIT, Sent(role="r"))


def test_what_has_its_default_value_was_not_sent() -> None:
    assert list(given_in(Sent())) == list(given_in(None)) == []
    assert list(given_in(Sent(text="t", names=["n"]))) == ["text", "names"]
    assert FREE.own == frozenset()
