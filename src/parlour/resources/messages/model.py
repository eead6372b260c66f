"""Message, and what makes and changes one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from parlour.core.errors import (
    AuthorTooLong,
    BodyMissing,
    BodyTooLong,
    ContentSidMissing,
    ContentVariableNameTooLong,
    ContentVariablesTooLong,
    ContentVariableTooLong,
    InvalidContentSid,
    InvalidContentVariables,
    InvalidDateCreated,
    InvalidDateUpdated,
    InvalidMediaSid,
    MediaNotFound,
)
from parlour.core.fields import KB, Bytes, Choice, Clearable, JsonObject, JsonText, Many, Moment, SidOf, Text
from parlour.core.limits import exceeded
from parlour.core.sids import Prefix


class Order(StrEnum):
    """Which way a list of messages runs, by index."""

    ASC = "asc"
    DESC = "desc"


class Message(msgspec.Struct, frozen=True):
    """A message of a conversation."""

    sid: str
    conversation_sid: str
    index: int
    author: str
    participant_sid: str | None
    body: str | None
    subject: str | None
    attributes: str
    created_at: datetime
    updated_at: datetime
    last_event_id: int
    updated_by: str | None = None
    """The identity of the end user who edited it last; None where it was none. A message is born without this and what
    follows (see ``queries.APPEND``)."""
    delivery: dict[str, int] | None = None
    """How many of its receipts reached each status, and under ``total`` how many there are; None while it has none.
    Kept by the resource that keeps the receipts."""


class ListedMessage(msgspec.Struct, frozen=True, gc=False):
    """A message as a list has it: the dates as the texts in which they are shown."""

    sid: str
    conversation_sid: str
    index: int
    author: str
    participant_sid: str | None
    body: str | None
    attributes: str
    created_at: str
    updated_at: str
    delivery: dict[str, int] | None


AUTHOR = Text(256, too_long=AuthorTooLong)
BODY = Bytes(32 * KB, too_long=BodyTooLong)
SUBJECT = Text(256)
MAX_VARIABLES = 100
MAX_VARIABLES_LENGTH = 27_801
"""Characters of all variables together, as they are written."""
MAX_NAME_LENGTH, MAX_VALUE_LENGTH = 16, 256
"""Characters of one variable."""


class Variables(JsonObject):
    """What fills in a content template: a JSON object of names and texts."""

    def __init__(self) -> None:
        super().__init__(InvalidContentVariables)

    def parse(self, name: str, raw: str) -> str:
        super().parse(name, raw)
        variables = msgspec.json.decode(raw, type=dict[str, Any])
        if len(variables) > MAX_VARIABLES or len(raw) > MAX_VARIABLES_LENGTH:
            exceeded(ContentVariablesTooLong())
        for key, value in variables.items():
            if len(key) > MAX_NAME_LENGTH:
                exceeded(ContentVariableNameTooLong())
            if isinstance(value, str) and len(value) > MAX_VALUE_LENGTH:
                exceeded(ContentVariableTooLong())
        return raw


ATTRIBUTES = JsonText(4 * KB)


class MessageDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a new message is made of."""

    author: Annotated[str | None, AUTHOR] = None
    """None: whoever sends it."""
    body: Annotated[str | None, BODY] = None
    date_created: Annotated[datetime | None, Moment(InvalidDateCreated)] = None
    date_updated: Annotated[datetime | None, Moment(InvalidDateUpdated)] = None
    attributes: Annotated[str, ATTRIBUTES] = "{}"
    media_sid: Annotated[str | None, Clearable(SidOf(Prefix.MEDIA, InvalidMediaSid))] = None
    content_sid: Annotated[str | None, Clearable(SidOf(Prefix.CONTENT, InvalidContentSid))] = None
    content_variables: Annotated[str | None, Clearable(Variables())] = None
    subject: Annotated[str | None, Clearable(SUBJECT)] = None


class ClientMessageDraft(MessageDraft, frozen=True, kw_only=True):
    """The same as client SDKs send it: with any number of attachments."""

    media_sids: Annotated[list[str], Many(SidOf(Prefix.MEDIA, InvalidMediaSid))] = []


class MessageEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of a message."""

    author: Annotated[str | UnsetType, AUTHOR] = UNSET
    body: Annotated[str | UnsetType, BODY] = UNSET
    date_created: Annotated[datetime | UnsetType, Moment(InvalidDateCreated)] = UNSET
    date_updated: Annotated[datetime | UnsetType, Moment(InvalidDateUpdated)] = UNSET
    attributes: Annotated[str | UnsetType, ATTRIBUTES] = UNSET
    subject: Annotated[str | UnsetType | None, Clearable(SUBJECT)] = UNSET


class MessageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """How a list of messages is asked for."""

    order: Annotated[Order | None, Choice(Order)] = None


class RecipientQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Whose recipients are asked for: those of all messages, or of one."""

    message_sid: Annotated[str | None, Text(256)] = None


def check_content(draft: MessageDraft) -> None:
    """Raises BodyMissing or ContentSidMissing if there is nothing, or only half of something, to send."""
    if draft.content_variables is not None and draft.content_sid is None:
        raise ContentSidMissing
    if draft.body is None and draft.media_sid is None and draft.content_sid is None:
        raise BodyMissing


def check_stored(draft: MessageDraft) -> None:
    """Raises InvalidContentSid or MediaNotFound: parlour stores neither content templates nor media yet."""
    if draft.content_sid is not None:
        raise InvalidContentSid
    if draft.media_sid is not None:
        raise MediaNotFound


class Mark(msgspec.Struct, frozen=True):
    """A known sum: so many messages exist up to and including *index*."""

    index: int
    count: int


def nearest(index: int, marks: Sequence[Mark]) -> Mark:
    """The mark from which the fewest messages have to be counted to know the sum at *index*."""
    return min(marks, key=lambda mark: abs(mark.index - index))


def delivery_words(reached: Mapping[str, int]) -> dict[str, int | str]:
    """How many receipts a message has, and for each status whether ``none``, ``some`` or ``all`` have reached it."""
    total = reached["total"]
    return {"total": total, **{name: _share(reached[name], total) for name in _STATUSES}}


_STATUSES = ("sent", "delivered", "read", "failed", "undelivered")


def _share(number: int, total: int) -> str:
    if number == 0:
        return "none"
    return "all" if number == total else "some"
