"""The parameters of the list extensions, and what they add to a row."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from parlour.contract.rest import ShownDate
from parlour.core.fields import Choice, Flag
from parlour.core.own_fields import ByKey, Own, Words

MAX_FILTERS = 5
"""Attributes that one list can be filtered by."""
MAX_FILTER_BYTES = 256
"""Bytes of a key or a value; longer ones are not kept where they could be found (``attribute_members``)."""


class Sort(StrEnum):
    """By which moment a list is sorted."""

    LAST_ACTIVITY = "last-activity"
    """The newest message, or the creation before there was one."""
    CREATED = "created"


class SortOrder(StrEnum):
    """Which way a list runs."""

    ASC = "asc"
    DESC = "desc"


class Include(StrEnum):
    """What can be had with each row."""

    LAST_MESSAGE = "last_message"
    PARTICIPANTS_COUNT = "participants_count"
    MESSAGES_COUNT = "messages_count"


class ListExtensions(msgspec.Struct, frozen=True, kw_only=True):
    """What can be asked of every list of conversations."""

    sort: Annotated[Sort | None, Choice(Sort)] = None
    order: Annotated[SortOrder | None, Choice(SortOrder)] = None
    include: Annotated[frozenset[Include], Words(Include)] = frozenset()
    count: Annotated[bool | None, Flag()] = None
    attributes: Annotated[dict[str, str], ByKey(MAX_FILTERS, MAX_FILTER_BYTES)] = {}


PLAIN = ListExtensions()
"""Nothing is asked for: the list is the published one."""

PARLOUR = Own("Parlour-")
"""Marks the field of a query that holds its extensions."""


class LastMessage(msgspec.Struct, frozen=True, gc=False):
    """The newest message of a conversation, in short."""

    sid: str
    index: int
    author: str
    participant_sid: str | None
    body: str | None
    date_created: ShownDate


class Included(msgspec.Struct, frozen=True, gc=False):
    """What a list has with a row under the key ``parlour``: what was asked for, and nothing else."""

    last_message: LastMessage | UnsetType | None = UNSET
    """None where there is no message."""
    participants_count: int | UnsetType = UNSET
    messages_count: int | UnsetType = UNSET
