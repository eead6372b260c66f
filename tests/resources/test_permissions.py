"""Each cell of docs/reference/permissions.md, tried in the actions by an end user with roles made over REST."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from parlour.core.errors import (
    ApiError,
    ChannelMetadataMissing,
    ContentSidMissing,
    InvalidBinding,
    InvalidContentSid,
    MediaNotFound,
    NotAMember,
    PermissionDenied,
)
from parlour.core.paging import PageRequest
from parlour.core.permissions import Permission
from parlour.core.rights import FREE, Need, Reach, left_to_membership, permit
from parlour.resources.bindings.model import BindingDraft, BindingType, Device, DeviceToken, Registration
from parlour.resources.participants.model import MessagingBindingDraft as MessagingBinding
from parlour.resources.participants.model import NotificationLevel, ParticipantDraft
from parlour.resources.roles.model import PERMISSIONS, RoleType
from tests.account_client import AccountClient
from tests.devices import register
from tests.end_users import Cast, cast
from tests.receipts import record, somebody
from tools.permissions import Action, actions, every_action, lines, refused_fields
from tools.raising import reaches

EVERY = frozenset(Permission)

OPEN = [each for each in actions() if each.rights.reach is not Reach.NOWHERE]
CLOSED = [each for each in actions() if each.rights.reach is Reach.NOWHERE]
INSIDE = [each for each in OPEN if each.rights.reach is Reach.CONVERSATION]
WITHOUT_OWNER = (
    "SDK registrations", "Conversations", "ConversationWithParticipants", "Messages: create", "Messages: list",
    "SDK Conversations", "SDK Messages", "SDK ChannelMetadata", "SDK MessageRecipients", "SDK ContentTemplates",
)  # fmt: skip
"""What is nobody's own, so that both columns say the same."""

NAME = {True: "alice", False: "bob"}
VALUES: dict[str, Any] = {
    "friendly_name": "A name",
    "unique_name": "a-name",
    "attributes": '{"a":1}',
    "author": "somebody",
    "body": "a text",
    "subject": "a subject",
    "media_sid": "ME" + "0" * 32,
    "media_sids": ["ME" + "0" * 32],
    "content_sid": "HX" + "0" * 32,
    "content_variables": "{}",
    "messaging_binding": MessagingBinding(address="+15551230001", proxy_address="+15551230002"),
    "last_read_message_index": 0,
    "last_read_timestamp": datetime(2026, 1, 1, tzinfo=UTC),
    "notification_level": NotificationLevel.MUTED,
    "message_types": ("new_message",),
    "participant": [ParticipantDraft(identity="alice")],
    "endpoint_platform": "browser",
    "data": DeviceToken(registration_id="a token"),
}
"""What is sent for a field. What is refused is refused with any value."""
BEYOND = {
    "media_sid": MediaNotFound,
    "media_sids": MediaNotFound,
    "content_sid": InvalidContentSid,
    "content_variables": ContentSidMissing,
}
"""With what a message that is permitted ends: parlour has no such thing yet, or it needs another field."""

BEYOND_ACTIONS = {"SDK ChannelMetadata: fetch": ChannelMetadataMissing, "SDK registrations: create": InvalidBinding}
"""The same of what an action needs that no role gives: metadata of a channel, a push credential in the token."""


@dataclass(frozen=True)
class Case:
    """One action that Alice tries, with what her two roles permit, and what refuses it."""

    action: Action
    field: str | None
    is_own: bool
    of_user: frozenset[Permission]
    of_participant: frozenset[Permission]
    refusal: type[ApiError] | None

    @property
    def draft(self) -> Any:
        return draft(self.action, self.field, is_own=self.is_own)


def draft(action: Action, field: str | None, *, is_own: bool) -> Any:
    """What is sent: the field, beside what there has to be."""
    assert action.draft is not None
    given: dict[str, Any] = {}
    if action.draft is Registration:
        given = {"channel_type": BindingType.FCM}
    elif action.draft is Device:
        given = {"binding_type": BindingType.TWILSOCK, "address": "a"}
    elif action.draft is BindingDraft:
        given = {"identity": NAME[is_own], "binding_type": BindingType.TWILSOCK, "address": "a", "endpoint": "b"}
    elif action.name == "Participants: create" and field != "messaging_binding":
        given = {"identity": "alice" if is_own else "zoe"}
    elif action.name.endswith("Messages: create") and field not in BEYOND:
        given = {"body": "a text"}
    if field is not None and field not in given:
        given[field] = VALUES.get(field, datetime(2026, 1, 1, tzinfo=UTC))
    return action.draft(**given)


def holds(need: Need, is_own: bool) -> frozenset[Permission]:
    """The least that satisfies *need*, if anything does."""
    any_of = need.own if is_own else need.other
    return frozenset(sorted(any_of or ())[:1])


def cases() -> Iterator[Case]:
    for action in OPEN:
        for is_own in (True,) if action.name.startswith(WITHOUT_OWNER) else (True, False):
            for line in lines(action):
                if not (is_own and (action.name, line.field) == ("Participants: create", "messaging_binding")):
                    yield from tried(action, line.field, line.need, is_own)
            for field in refused_fields(action):
                yield Case(action, field, is_own, EVERY, EVERY, PermissionDenied)


def tried(action: Action, field: str | None, need: Need, is_own: bool) -> Iterator[Case]:
    """The cases of one cell: each permission held alone by each role that may have it, and all others without it."""
    any_of = need.own if is_own else need.other
    sent = draft(action, field, is_own=is_own) if action.draft is not None else None
    beside = frozenset[Permission]().union(*(holds(each, is_own) for each in action.rights.asked(sent) if each != need))
    if field == "participant":
        beside |= {Permission.JOIN_CONVERSATION}  # for the one who is in VALUES
    if any_of is None:
        yield Case(action, field, is_own, EVERY, EVERY, need.refusal)
    elif (action.rights.always.own if is_own else action.rights.always.other) is None:
        yield Case(action, field, is_own, EVERY, EVERY, action.rights.always.refusal)
    elif not any_of:
        yield Case(action, field, is_own, beside, beside, None)
    else:
        for permission in sorted(any_of):
            alone = beside | {permission}
            if RoleType.SERVICE in PERMISSIONS[permission]:
                yield Case(action, field, is_own, alone, beside, None)
            if RoleType.CONVERSATION in PERMISSIONS[permission] and action.rights.reach is Reach.CONVERSATION:
                yield Case(action, field, is_own, beside, alone, None)
        helpless = EVERY if action.rights.reach is Reach.SERVICE else EVERY - any_of
        yield Case(action, field, is_own, EVERY - any_of, helpless, need.refusal)


def named(case: Case) -> str:
    held = "+".join(sorted(case.of_user ^ case.of_participant)) if case.refusal is None else "refused"
    return f"{case.action.name.replace(': ', '-')}-{case.field}-{'own' if case.is_own else 'other'}-{held or 'free'}"


async def references(actors: Cast, action: Action, is_own: bool, room: str) -> tuple[Any, ...]:
    """What the action is called with between the Work and the draft."""
    resource, _, verb = action.name.removeprefix("SDK ").partition(": ")
    name, said = NAME[is_own], actors.said[NAME[is_own]]
    if resource == "registrations":
        is_by_sid = verb == "delete" and action.draft is None
        return ((await register(actors.api, name, "a socket", type=BindingType.TWILSOCK)).sid,) if is_by_sid else ()
    if resource == "Devices" and verb != "register":
        binding = await register(actors.api, name, "a socket", type=BindingType.TWILSOCK)
        return (name, binding.sid) if verb == "unregister" else (BindingType.TWILSOCK, "a socket")
    if action.name == "Participants: create":
        return (actors.street if is_own else room,)
    if action.name == "Receipts: fetch":
        message = (await actors.api.get(f"/Conversations/{actors.room}/Messages/{said}")).row
        return room, said, (await record(actors.api, message, somebody())).sid
    all_but_last = {
        "Users": (name,),
        "Conversations": (room,),
        "Participants": (room, name),
        "Messages": (room, said),
        "Receipts": (room, said, ""),
        "ChannelMetadata": (room, said),
        "MessageRecipients": (room, ""),
        "UserConversations": (name, room),
        "MyConversations": ((await actors.api.get(f"/Users/{name}")).row["sid"], room),
    }.get(resource, ())
    return all_but_last[:-1] if verb in ("create", "list") else all_but_last


async def attempt(actors: Cast, case: Case, room: str) -> None:
    """Alice tries it."""
    given = await references(actors, case.action, case.is_own, room)
    if case.action.draft is not None:
        given = (*given, case.draft)
    if case.action.name.endswith(": list"):
        given = (*given, PageRequest(10, None))
    await case.action.action(actors.alice, *given)


@pytest.mark.parametrize("case", [pytest.param(each, id=named(each)) for each in cases()])
async def test_what_roles_permit_is_done_and_nothing_else(api: AccountClient, case: Case) -> None:
    actors = await cast(api, of_user=case.of_user, of_participant=case.of_participant)
    beyond = BEYOND_ACTIONS.get(case.action.name) or BEYOND.get(case.field or "")
    expected = case.refusal or beyond
    if expected is None:
        await attempt(actors, case, actors.room)
    else:
        with pytest.raises(expected):
            await attempt(actors, case, actors.room)


@pytest.mark.parametrize("action", [pytest.param(each, id=each.name) for each in INSIDE])
async def test_who_takes_no_part_may_do_nothing_but_join(api: AccountClient, action: Action) -> None:
    is_own = action.name.startswith(("UserConversations", "SDK MyConversations"))
    actors = await cast(api, of_user=EVERY, of_participant=EVERY)
    with pytest.raises(NotAMember):
        await attempt(actors, Case(action, None, is_own, EVERY, EVERY, None), actors.street)


@pytest.mark.parametrize("action", [pytest.param(each, id=each.name) for each in CLOSED])
async def test_what_is_for_accounts_only_is_refused_to_every_end_user(api: AccountClient, action: Action) -> None:
    actors = await cast(api, of_user=EVERY, of_participant=EVERY)
    given = len(inspect.signature(action.action).parameters) - 1
    with pytest.raises(PermissionDenied):
        await action.action(actors.alice, *[None] * given)


def test_every_action_is_in_the_table_and_permits() -> None:
    known = {each.action for each in actions()}
    found = set(every_action())
    assert found <= known, "declare their rights in rest.py or in tools/permissions.py"
    assert known <= found
    silent = [each for each in known if not reaches(each, permit, left_to_membership)]
    assert not silent, "these let everybody in"


def test_an_action_that_needs_no_permission_says_why() -> None:
    for action in OPEN:
        needs = [action.rights.always, *action.rights.sent.values()]
        is_free = not any(each.own or each.other for each in needs)
        assert bool(action.rights.why) is is_free, action.name


def test_the_statement_that_sends_can_look_for_what_sending_needs() -> None:
    rights = next(each.rights for each in OPEN if each.name == "Messages: create")
    for need in [rights.always, *rights.sent.values()]:
        assert need == FREE or (need.own == need.other and len(need.own or ()) == 1)
