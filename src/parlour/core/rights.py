"""Rights: what an end user has to hold for an action, and the one place that refuses it.

Account credentials, API keys and parlour itself may do everything. An end user may do what an action's `Rights` name
and nothing else: what is not declared is refused.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any, cast

import msgspec

from parlour.core.actor import AccountKey, Actor
from parlour.core.errors import ApiError, PermissionDenied
from parlour.core.permissions import Permission

AnyOf = frozenset[Permission]
"""Permissions of which one is enough; none are in it where no permission is needed."""


class Need(msgspec.Struct, frozen=True):
    """What an end user has to hold to touch what is their own, and what is not; None where no permission helps."""

    own: AnyOf | None
    other: AnyOf | None
    refusal: type[ApiError] = PermissionDenied


def needs(*any_of: Permission) -> Need:
    """The same for what is one's own and what is not."""
    return Need(frozenset(any_of), frozenset(any_of))


def own_only(*any_of: Permission) -> Need:
    """What is another's is refused."""
    return Need(frozenset(any_of), None)


def own_or_any(own: Permission, any: Permission) -> Need:
    """*own* is enough for what is one's own; *any* for everything."""
    return Need(frozenset({own, any}), frozenset({any}))


FREE = needs()
NEVER = Need(None, None)


class Reach(StrEnum):
    """Where an end user has to belong before a permission is looked at."""

    NOWHERE = "nowhere"
    """No end user may do it at all."""
    SERVICE = "service"
    """Every user of the service may; only the user's service role counts."""
    CONVERSATION = "conversation"
    """Participants of the conversation may; the role of their participant counts, too."""


class Rights(msgspec.Struct, frozen=True, kw_only=True):
    """What an action asks of an end user."""

    reach: Reach
    always: Need = FREE
    """For the action itself."""
    sent: Mapping[str, Need] = {}
    """By the field of the draft: for sending it. A field that is not here is refused."""
    why: str = ""
    """Why no permission is needed, where none is."""

    def asked(self, draft: msgspec.Struct | None) -> Iterator[Need]:
        """Everything that is needed to send *draft*."""
        yield self.always
        for name in given_in(draft):
            yield self.sent.get(name, NEVER)


ACCOUNTS_ONLY = Rights(reach=Reach.NOWHERE, always=NEVER)
"""Of an action that no end user may do, such as the administration of the service."""


class Membership(msgspec.Struct, frozen=True):
    """How an end user takes part in a conversation."""

    permissions: frozenset[Permission]
    """Of the role of their participant."""


OUTSIDE = Membership(frozenset())
"""Of a caller that takes no part, or whose part does not matter."""


def permit(
    actor: Actor,
    rights: Rights,
    draft: msgspec.Struct | None = None,
    *,
    membership: Membership = OUTSIDE,
    is_own: bool = False,
) -> None:
    """Raises PermissionDenied, or the refusal that a need names, unless *actor* may do it.

    The user's service role and the role of their participant count together. *draft*: what the caller sent, before
    any webhook amended it.
    """
    for any_of, refusal in _lacking(actor, rights, draft, is_own=is_own):
        if not any_of & membership.permissions:
            raise refusal


def left_to_membership(actor: Actor, rights: Rights, draft: msgspec.Struct | None = None) -> list[Permission] | None:
    """The permissions that only the role of the participant can still bring, each of them needed.

    For a statement that looks at that role itself. None for an actor that needs none and need not take part. Raises
    what `permit` does where no role helps.
    """
    if actor.end_user is None:
        return None
    found = []
    for any_of, refusal in _lacking(actor, rights, draft, is_own=False):
        if not any_of:
            raise refusal
        (permission,) = any_of  # a statement looks for names, not for alternatives
        found.append(permission)
    return found


def _lacking(
    actor: Actor, rights: Rights, draft: msgspec.Struct | None, *, is_own: bool
) -> Iterator[tuple[AnyOf, type[ApiError]]]:
    """What the actor's service role does not bring; empty alternatives where no role can."""
    if actor.principal is None or isinstance(actor.principal, AccountKey):
        return
    for need in rights.asked(draft):
        any_of = need.own if is_own else need.other
        if any_of is None:
            yield frozenset(), need.refusal
        elif any_of and not any_of & actor.principal.permissions:
            yield any_of, need.refusal


def given_in(draft: msgspec.Struct | None) -> Iterator[str]:
    """The fields of *draft* that do not have their default value."""
    if draft is not None:
        for name, default in _defaults(type(draft)):
            if getattr(draft, name) != default():
                yield name


@cache
def _defaults(shape: type[msgspec.Struct]) -> Sequence[tuple[str, Callable[[], Any]]]:
    """What makes the default value of each field; msgspec takes its time to say."""
    return [(field.name, _default(field)) for field in msgspec.structs.fields(shape)]


def _default(field: msgspec.structs.FieldInfo) -> Callable[[], Any]:
    if field.default_factory is not msgspec.NODEFAULT:
        return cast(Callable[[], Any], field.default_factory)
    return lambda: field.default
