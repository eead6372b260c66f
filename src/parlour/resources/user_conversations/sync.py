"""What client SDKs see of the conversations of their user."""

from collections.abc import Sequence
from typing import Any

from parlour.contract.sync import (
    Change,
    Changes,
    Item,
    Lookup,
    ObjectKind,
    Projection,
    Readers,
    Shown,
    Slice,
    Stone,
    in_order,
)
from parlour.core.sids import Prefix
from parlour.core.sync_names import CHANNEL, MESSAGES, MY_CONVERSATIONS, ROSTER
from parlour.core.windows import Since, Window
from parlour.resources.conversations.facts import ConversationRemoved
from parlour.resources.conversations.sync import owner
from parlour.resources.participants.facts import (
    ParticipantAdded,
    ParticipantFact,
    ParticipantRemoved,
    ParticipantUpdated,
)
from parlour.resources.participants.model import Participant
from parlour.resources.user_conversations import queries
from parlour.resources.users.facts import UserRemoved
from parlour.storage import gathered
from parlour.storage.transaction import Reading, Record


def data(participant: Participant) -> dict[str, Any]:
    """The item of the conversation in which the user is this participant."""
    sid = participant.conversation_sid
    return {
        "status": "joined",
        "channel": CHANNEL.format(sid),
        "messages": MESSAGES.format(sid),
        "roster": ROSTER.format(sid),
        "lastConsumedMessageIndex": participant.last_read_index,
        "notificationLevel": participant.notification_level,
    }


def _item(row: Record) -> Item:
    return _of(Participant(*row[:-1]), row[-1])


def _of(participant: Participant, born: int = 0) -> Item:
    return Item(participant.conversation_sid, data(participant), participant.last_event_id, born)


async def _read(reading: Reading, wanted: Sequence[Window]) -> list[Slice]:
    found = await gathered.windows(reading, queries.MEMBERSHIPS, wanted)
    return [Slice([_item(row) for row in each.rows], each.before) for each in found]


async def _changes(reading: Reading, wanted: Sequence[Since]) -> list[Changes]:
    present = await gathered.changed(reading, queries.MEMBERSHIPS, wanted, "x.last_event_id")
    ended = await queries.ended(reading, wanted)
    return [
        _last([_item(row) for row in here], [Stone(*row) for row in gone])
        for here, gone in zip(present, ended, strict=True)
    ]


def _last(items: list[Item], stones: list[Stone]) -> Changes:
    """Of each conversation the last that happened: users may leave and join again, as another participant."""
    last: dict[Any, Item | Stone] = {}
    for each in in_order(items, stones, len(items) + len(stones)):
        last[each.key] = each
    return sorted(last.values(), key=lambda each: each.number)


def _owner(fact: ParticipantFact) -> str | None:
    return fact.participant.user_sid


def _one(fact: ParticipantFact) -> list[Item]:
    return [_of(fact.participant)]


async def _of_members(
    reading: Reading, removed: Sequence[tuple[str, ConversationRemoved]]
) -> list[list[tuple[str, Item]]]:
    """The users who took part in each conversation to its end, with what they lose."""
    found = await queries.last_members(reading, [(service, fact.conversation.sid) for service, fact in removed])
    return [
        [(user, Item(fact.conversation.sid, {}, number)) for user, number in theirs]
        for (_, fact), theirs in zip(removed, found, strict=True)
    ]


my_conversations = Projection(
    kind=ObjectKind.MAP,
    name=MY_CONVERSATIONS,
    of=Prefix.USER,
    readers=Readers.OWNER,
    has_many_locks=True,
    opens=Prefix.CONVERSATION,
    read=_read,
    changes=_changes,
    facts={
        ParticipantAdded: Shown(Change.ADDED, _owner, _one),
        ParticipantUpdated: Shown(Change.UPDATED, _owner, _one),
        ParticipantRemoved: Shown(Change.REMOVED, _owner, _one, shuts=owner),
        UserRemoved: Shown(Change.GONE, lambda fact: fact.user.sid),
    },
    lookups={ConversationRemoved: Lookup(Change.REMOVED, _of_members)},
)
