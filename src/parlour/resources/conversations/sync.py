"""What client SDKs see of conversations."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from parlour.contract.sync import Change, Changes, Item, Lookup, ObjectKind, Projection, Readers, Shown, Slice
from parlour.contract.webhook import moment
from parlour.core.sids import Prefix
from parlour.core.sync_names import CHANNEL, MESSAGES, ROSTER
from parlour.core.windows import Since, Window
from parlour.resources.conversations import queries
from parlour.resources.conversations.facts import (
    ConversationRemoved,
    ConversationStateUpdated,
    ConversationUpdated,
)
from parlour.resources.conversations.model import Conversation
from parlour.storage.transaction import Reading, Record

_WIDTH = len(Conversation.__struct_fields__)


def _data(conversation: Conversation, index: int | None, said_at: datetime | None) -> dict[str, Any]:
    """The document's value; *index* and *said_at* are those of the newest message."""
    email = {"name": conversation.email_name, "projected_address": conversation.email_address}
    return {
        "messages": MESSAGES.format(conversation.sid),
        "roster": ROSTER.format(conversation.sid),
        "friendlyName": conversation.friendly_name,
        "uniqueName": conversation.unique_name,
        "attributes": conversation.attributes,
        "createdBy": conversation.created_by,
        "dateCreated": moment(conversation.created_at),
        "dateUpdated": moment(conversation.updated_at),
        "lastMessage": None if index is None or said_at is None else {"index": index, "timestamp": moment(said_at)},
        "state": {"current": conversation.state, "dateUpdated": moment(conversation.state_updated_at)},
        "bindings": {"email": email} if any(email.values()) else {},
    }


def _item(row: Record) -> Item:
    """The document of a row of ``queries.documents``."""
    conversation = Conversation(*row[:_WIDTH])
    return Item("", _data(conversation, row[_WIDTH], row[_WIDTH + 1]), conversation.last_event_id)


async def _read(reading: Reading, wanted: Sequence[Window]) -> list[Slice]:
    return [Slice([_item(row)] if row else []) for row in await queries.documents(reading, wanted)]


async def _changes(reading: Reading, wanted: Sequence[Since]) -> list[Changes]:
    found = [_item(row) if row else None for row in await queries.documents(reading, wanted)]
    return [
        [each] if each is not None and each.number > asked.above else []
        for asked, each in zip(wanted, found, strict=True)
    ]


def owner(fact: Any) -> str:
    """The conversation that a fact is about."""
    sid: str = fact.conversation_sid
    return sid


async def _documents(reading: Reading, facts: Sequence[tuple[str, Any]]) -> list[list[tuple[str, Item]]]:
    """The documents of the conversations that the facts are about, as they are now: facts need not carry what a
    conversation has become, since only who has it open asks."""
    wanted = list(dict.fromkeys(Window(service_sid, owner(fact)) for service_sid, fact in facts))
    found = {
        each.owner: _item(row)
        for each, row in zip(wanted, await queries.documents(reading, wanted), strict=True)
        if row is not None
    }
    return [[(owner(fact), found[owner(fact)])] if owner(fact) in found else [] for _, fact in facts]


IN_THE_DOCUMENT = Lookup(Change.UPDATED, _documents)
"""What changes a conversation's document."""
GONE = Shown(Change.GONE, owner)
"""What is of a conversation goes with it."""

channel = Projection(
    kind=ObjectKind.DOCUMENT,
    name=CHANNEL,
    of=Prefix.CONVERSATION,
    readers=Readers.PARTICIPANTS_AND_CREATOR,
    read=_read,
    changes=_changes,
    facts={ConversationRemoved: GONE},
    lookups={ConversationUpdated: IN_THE_DOCUMENT, ConversationStateUpdated: IN_THE_DOCUMENT},
)
