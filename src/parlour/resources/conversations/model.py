"""Conversation, its states and timers, and what makes and changes one."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from parlour.core.actor import Actor
from parlour.core.errors import (
    ConversationClosed,
    ConversationInitializing,
    InitialStateClosed,
    InvalidDateCreated,
    InvalidDateUpdated,
    InvalidState,
    StateEmpty,
    UniqueNameLooksLikeSid,
    UniqueNameTooLong,
)
from parlour.core.fields import KB, Choice, Clearable, JsonText, LastMoment, Moment, Text, named
from parlour.core.rights import Membership
from parlour.core.sids import Prefix, is_sid
from parlour.core.timer_fields import Duration
from parlour.resources.configuration.model import CLOSED_TIMER, INACTIVE_TIMER, MESSAGING_SERVICE
from parlour.resources.list_extensions.model import PARLOUR, PLAIN, ListExtensions


class State(StrEnum):
    """Where a conversation is in its life."""

    INITIALIZING = "initializing"
    ACTIVE = "active"
    INACTIVE = "inactive"
    CLOSED = "closed"


class Reason(StrEnum):
    """Why a conversation changed its state."""

    API = "API"
    """A caller wanted it."""
    TIMER = "TIMER"
    EVENT = "EVENT"
    """A message woke it, or its participants are complete."""

    @classmethod
    def of(cls, actor: Actor) -> "Reason":
        """The reason of a change that *actor* makes by naming the state."""
        return cls.API if actor.principal is not None else cls.EVENT


class Conversation(msgspec.Struct, frozen=True):
    """A conversation of a service."""

    sid: str
    unique_name: str | None
    friendly_name: str | None
    attributes: str
    state: str
    messaging_service_sid: str | None
    created_by: str
    email_address: str | None
    email_name: str | None
    created_at: datetime
    updated_at: datetime
    state_updated_at: datetime
    inactive_after: int | None
    """Seconds from the last activity on; None: never."""
    closed_after: int | None
    inactive_due_at: datetime | None
    closed_due_at: datetime | None
    last_activity_at: datetime
    last_index: int
    """Of the newest message there ever was; -1 before the first."""
    message_count: int
    """Messages that exist."""
    participant_count: int
    channel_participant_count: int
    is_group: bool
    """Whether it is a group MMS."""
    last_event_id: int


class Seen(msgspec.Struct, frozen=True):
    """A conversation, and how the caller takes part in it."""

    conversation: Conversation
    membership: Membership


def _check_unique_name(name: str) -> None:
    if is_sid(name, Prefix.CONVERSATION):
        raise UniqueNameLooksLikeSid


UNIQUE_NAME = Clearable(Text(256, too_long=UniqueNameTooLong, check=_check_unique_name, key=True))
ATTRIBUTES = JsonText(16 * KB)
STATE = Choice(State, InvalidState, empty=StateEmpty, but=State.INITIALIZING)
EMAIL_PART = Clearable(Text(256))


class TimersDraft(msgspec.Struct, frozen=True, kw_only=True):
    """Timers as they are sent; UNSET where one was not."""

    inactive: Annotated[Duration | UnsetType | None, INACTIVE_TIMER] = UNSET
    closed: Annotated[Duration | UnsetType | None, CLOSED_TIMER] = UNSET


class EmailDraft(msgspec.Struct, frozen=True, kw_only=True):
    """The defaults for e-mail."""

    address: Annotated[str | UnsetType | None, EMAIL_PART] = UNSET
    name: Annotated[str | UnsetType | None, EMAIL_PART] = UNSET


class BindingsDraft(msgspec.Struct, frozen=True, kw_only=True):
    """The defaults for channels."""

    email: EmailDraft = EmailDraft()


class ConversationDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a new conversation is made of."""

    friendly_name: Annotated[str | None, named()] = None
    unique_name: Annotated[str | None, UNIQUE_NAME] = None
    date_created: Annotated[datetime | None, Moment(InvalidDateCreated)] = None
    date_updated: Annotated[datetime | None, Moment(InvalidDateUpdated)] = None
    messaging_service_sid: Annotated[str | UnsetType | None, MESSAGING_SERVICE] = UNSET
    attributes: Annotated[str, ATTRIBUTES] = "{}"
    state: Annotated[State, STATE] = State.ACTIVE
    timers: TimersDraft = TimersDraft()
    bindings: BindingsDraft = BindingsDraft()


class ConversationEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of a conversation."""

    friendly_name: Annotated[str | UnsetType | None, named()] = UNSET
    date_created: Annotated[datetime | UnsetType, Moment(InvalidDateCreated)] = UNSET
    date_updated: Annotated[datetime | UnsetType, Moment(InvalidDateUpdated)] = UNSET
    attributes: Annotated[str | UnsetType, ATTRIBUTES] = UNSET
    messaging_service_sid: Annotated[str | UnsetType | None, MESSAGING_SERVICE] = UNSET
    state: Annotated[State | UnsetType, STATE] = UNSET
    timers: TimersDraft = TimersDraft()
    unique_name: Annotated[str | UnsetType | None, UNIQUE_NAME] = UNSET
    bindings: BindingsDraft = BindingsDraft()


class ConversationQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of the list; dates are of creation, both ends included, in whole seconds."""

    start_date: Annotated[datetime | None, Moment()] = None
    end_date: Annotated[datetime | None, LastMoment()] = None
    state: Annotated[State | None, Choice(State, InvalidState, but=State.INITIALIZING)] = None
    parlour: Annotated[ListExtensions, PARLOUR] = PLAIN


def check_writable(conversation: Conversation) -> None:
    """Raises ConversationClosed, or ConversationInitializing while it is being put together."""
    check_state(conversation.state)


def check_state(state: str) -> None:
    """The same for a conversation of which only the state is known."""
    if state == State.CLOSED:
        raise ConversationClosed
    if state == State.INITIALIZING:
        raise ConversationInitializing


def check_initial_state(draft: ConversationDraft) -> None:
    """Raises InitialStateClosed."""
    if draft.state is State.CLOSED:
        raise InitialStateClosed


def due(state: str, inactive_after: int | None, closed_after: int | None, base: datetime) -> dict[str, datetime | None]:
    """When the timers of a conversation in *state* are due, both counted from *base*, its last activity."""
    runs_inactive = state == State.ACTIVE and inactive_after is not None
    runs_closed = state in (State.ACTIVE, State.INACTIVE) and closed_after is not None
    return {
        "inactive_due_at": base + timedelta(seconds=inactive_after or 0) if runs_inactive else None,
        "closed_due_at": base + timedelta(seconds=closed_after or 0) if runs_closed else None,
    }


def changed_columns(conversation: Conversation, edit: ConversationEdit, now: datetime) -> dict[str, Any]:
    """The columns that *edit* gives new values; empty if nothing was sent.

    Setting a timer or changing the state restarts the timers at *now*.
    """
    sent: dict[str, Any] = {
        "friendly_name": edit.friendly_name,
        "unique_name": edit.unique_name,
        "attributes": edit.attributes,
        "messaging_service_sid": edit.messaging_service_sid,
        "created_at": edit.date_created,
        "updated_at": edit.date_updated,
        "email_address": edit.bindings.email.address,
        "email_name": edit.bindings.email.name,
        "inactive_after": length(edit.timers.inactive),
        "closed_after": length(edit.timers.closed),
        "state": edit.state,
    }
    columns = {name: value for name, value in sent.items() if value is not UNSET}
    if not columns:
        return columns
    state = columns.get("state", conversation.state)
    if state != conversation.state:
        columns["state_updated_at"] = now
    if state != conversation.state or "inactive_after" in columns or "closed_after" in columns:
        inactive_after = columns.get("inactive_after", conversation.inactive_after)
        closed_after = columns.get("closed_after", conversation.closed_after)
        columns |= due(state, inactive_after, closed_after, now)
    return {"updated_at": now, **columns}


def length(timer: Duration | UnsetType | None) -> int | UnsetType | None:
    """The timer's length in seconds, where it was sent and not cleared."""
    return int(timer.length.total_seconds()) if isinstance(timer, Duration) else timer
