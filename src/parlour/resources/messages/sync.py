"""What client SDKs see of messages."""

from collections.abc import Sequence
from typing import Any

from parlour.contract.sync import (
    Addition,
    Change,
    Changes,
    Item,
    ObjectKind,
    Projection,
    Readers,
    Shown,
    Slice,
    Stone,
    in_order,
)
from parlour.contract.webhook import moment
from parlour.core.sids import Prefix
from parlour.core.sync_names import CHANNEL, MESSAGES
from parlour.core.windows import Since, Window
from parlour.resources.conversations import queries as conversations
from parlour.resources.conversations.facts import ConversationRemoved
from parlour.resources.conversations.sync import GONE, IN_THE_DOCUMENT, owner
from parlour.resources.messages.changes import queries
from parlour.resources.messages.facts import MessageAdded, MessageRemoved, MessageUpdated
from parlour.resources.messages.model import Message, delivery_words
from parlour.storage import gathered
from parlour.storage.transaction import Reading, Record


def data(message: Message) -> dict[str, Any]:
    """The message's item."""
    shown: dict[str, Any] = {
        "sid": message.sid,
        "author": message.author,
        "memberSid": message.participant_sid,
        "text": message.body,
        "subject": message.subject,
        "attributes": message.attributes,
        "timestamp": moment(message.created_at),
        "dateUpdated": moment(message.updated_at),
        "lastUpdatedBy": message.updated_by,
        "type": "text",
        "contentSid": None,
        "channelMetadata": False,
    }
    if message.delivery is not None:
        shown["delivery"] = delivery_words(message.delivery)
    return shown


def _item(row: Record) -> Item:
    message = Message(*row[:-1])
    return Item(message.index, data(message), message.last_event_id, row[-1])


async def _read(reading: Reading, wanted: Sequence[Window]) -> list[Slice]:
    found = await gathered.windows(reading, queries.MESSAGES, wanted)
    return [Slice([_item(row) for row in each.rows], each.before) for each in found]


async def _changes(reading: Reading, wanted: Sequence[Since]) -> list[Changes]:
    present = await queries.changed(reading, wanted)
    removed = await conversations.removed(reading, "message", "index", wanted)
    return [
        in_order([_item(row) for row in here], [Stone(*row) for row in gone], asked.limit)
        for here, gone, asked in zip(present, removed, wanted, strict=True)
    ]


def as_it_is(fact: Any) -> list[Item]:
    """The message that a fact is about."""
    message: Message = fact.message
    return [Item(message.index, data(message), message.last_event_id)]


messages = Projection(
    kind=ObjectKind.LIST,
    name=MESSAGES,
    of=Prefix.CONVERSATION,
    readers=Readers.PARTICIPANTS,
    read=_read,
    changes=_changes,
    facts={
        MessageAdded: Shown(Change.ADDED, owner, as_it_is),
        MessageUpdated: Shown(Change.UPDATED, owner, as_it_is),
        MessageRemoved: Shown(Change.REMOVED, owner, as_it_is),
        ConversationRemoved: GONE,
    },
)
in_the_document = Addition(CHANNEL, lookups={MessageAdded: IN_THE_DOCUMENT, MessageRemoved: IN_THE_DOCUMENT})
"""The newest message of a conversation."""
