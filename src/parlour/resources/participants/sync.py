"""What client SDKs see of participants."""

from collections.abc import Sequence
from typing import Any

from parlour.contract.sync import Change, Changes, Item, ObjectKind, Projection, Readers, Shown, Slice, Stone, in_order
from parlour.contract.webhook import moment
from parlour.core.sids import Prefix
from parlour.core.sync_names import ROSTER, user_info
from parlour.core.windows import Since, Window
from parlour.resources.conversations import queries as conversations
from parlour.resources.conversations.facts import ConversationRemoved
from parlour.resources.conversations.sync import GONE, owner
from parlour.resources.participants import queries
from parlour.resources.participants.facts import (
    ParticipantAdded,
    ParticipantFact,
    ParticipantRemoved,
    ParticipantUpdated,
)
from parlour.resources.participants.model import Participant
from parlour.storage import gathered
from parlour.storage.transaction import Reading, Record

CHAT = "chat"
"""The type of a participant that client SDKs reach."""


def data(participant: Participant) -> dict[str, Any]:
    """The participant's item."""
    return {
        "identity": participant.identity,
        "type": CHAT if participant.identity is not None else participant.binding_type,
        "roleSid": participant.role_sid,
        "attributes": participant.attributes,
        "userInfo": user_info(participant.user_sid) if participant.user_sid is not None else None,
        "lastConsumedMessageIndex": participant.last_read_index,
        "lastConsumptionTimestamp": None if participant.last_read_at is None else moment(participant.last_read_at),
        "dateCreated": moment(participant.created_at),
        "dateUpdated": moment(participant.updated_at),
        "bindings": _bindings(participant),
    }


def _bindings(participant: Participant) -> dict[str, Any]:
    if participant.binding_type is None:
        return {}
    address = {"address": participant.address, "proxy_address": participant.proxy_address}
    named = {"name": participant.binding_name, "level": participant.binding_level}
    return {participant.binding_type: {name: value for name, value in {**address, **named}.items() if value}}


def _item(row: Record) -> Item:
    participant = Participant(*row[:-1])
    return Item(participant.sid, data(participant), participant.last_event_id, row[-1])


async def _read(reading: Reading, wanted: Sequence[Window]) -> list[Slice]:
    found = await gathered.windows(reading, queries.ROSTERS, wanted)
    return [Slice([_item(row) for row in each.rows], each.before) for each in found]


async def _changes(reading: Reading, wanted: Sequence[Since]) -> list[Changes]:
    present = await gathered.changed(reading, queries.ROSTERS, wanted, "x.last_event_id")
    removed = await conversations.removed(reading, "participant", "sid", wanted)
    return [
        in_order([_item(row) for row in here], [Stone(*row) for row in gone], asked.limit)
        for here, gone, asked in zip(present, removed, wanted, strict=True)
    ]


def _one(fact: ParticipantFact) -> list[Item]:
    return [Item(fact.participant.sid, data(fact.participant), fact.event_id)]


roster = Projection(
    kind=ObjectKind.MAP,
    name=ROSTER,
    of=Prefix.CONVERSATION,
    readers=Readers.PARTICIPANTS,
    read=_read,
    changes=_changes,
    facts={
        ParticipantAdded: Shown(Change.ADDED, owner, _one),
        ParticipantUpdated: Shown(Change.UPDATED, owner, _one),
        ParticipantRemoved: Shown(Change.REMOVED, owner, _one),
        ConversationRemoved: GONE,
    },
)
