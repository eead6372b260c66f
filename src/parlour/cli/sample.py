"""A sample workspace of any size: the rows that the API would have made if somebody had made all this by calls.

It is deterministic: the same recipe gives the same rows, SIDs included. Only the event numbers depend on the
database, and the event log itself stays empty, as after housekeeping. Nothing is random but what comes from the seed.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import msgspec

from parlour.core.sids import Prefix, sid_of
from parlour.resources.participants.model import (
    MAX_CHANNEL_PARTICIPANTS,
    MAX_OPEN_CONVERSATIONS,
    MAX_PARTICIPANTS,
)

TICK_MICROSECONDS = 100_000
"""Microseconds between two calls."""

FIRST_YEAR, LAST_YEAR = 1970, 8999
"""A SID counts from 1970 on; and the largest sample takes some centuries, which dates must be left for."""

READER_SHARE = 0.6
"""Of the chat participants, those that have a read horizon."""

INACTIVE, CLOSED = 0.1, 0.1
"""Of the conversations, those that ended so."""

PER_ADDRESS = 20
"""Conversations of one address, about."""

SENTENCES = (
    "Good morning!",
    "Has the parcel left already?",
    "Yes, yesterday at noon.",
    "Thank you, that is all I wanted to know.",
    "Could you send me the invoice again, please?",
    "It is on its way. Anything else?",
    "Not today. Goodbye!",
)

USER_COLUMNS = (
    "service_sid", "sid", "identity", "friendly_name", "attributes", "role_sid", "created_at", "updated_at",
    "born_event_id", "last_event_id",
)  # fmt: skip
CONVERSATION_COLUMNS = (
    "service_sid", "sid", "unique_name", "friendly_name", "attributes", "state", "messaging_service_sid",
    "created_by", "created_at", "updated_at", "state_updated_at", "last_activity_at", "last_index", "message_count",
    "furthest_read_index", "participant_count", "channel_participant_count", "born_event_id", "last_event_id",
    "newest_event_id",
)  # fmt: skip
ATTRIBUTE_COLUMNS = ("service_sid", "conversation_sid", "key", "value", "created_at")
PARTICIPANT_COLUMNS = (
    "service_sid", "conversation_sid", "sid", "identity", "user_sid", "binding_type", "address", "proxy_address",
    "attributes", "role_sid", "last_read_index", "last_read_at", "read_count", "created_at", "updated_at",
    "born_event_id", "last_event_id",
)  # fmt: skip
PAIR_COLUMNS = ("account_sid", "address", "proxy_address", "service_sid", "conversation_sid", "participant_sid")
MESSAGE_COLUMNS = (
    "service_sid", "conversation_sid", "index", "sid", "author", "participant_sid", "body", "attributes",
    "created_at", "updated_at", "born_event_id", "last_event_id",
)  # fmt: skip

Row = tuple[Any, ...]


class Recipe(msgspec.Struct, frozen=True):
    """How large the sample is, and what it depends on."""

    conversations: int
    users: int
    messages_per: int
    participants_per: int
    channel_share: float
    """Of the participants, those with an address; the others have an identity. 0 to 1."""
    seed: int
    start: datetime

    @property
    def rows(self) -> int:
        """How many rows it makes, about."""
        return self.users + self.conversations * self.calls_per

    @property
    def calls_per(self) -> int:
        """The calls that make one conversation and what is in it."""
        return 1 + self.participants_per + self.messages_per

    def __post_init__(self) -> None:
        """Raises ValueError if the API would have refused a call, or could name nothing that was made then."""
        if not FIRST_YEAR <= self.start.year <= LAST_YEAR:
            raise ValueError(f"A sample begins in the years {FIRST_YEAR} to {LAST_YEAR}.")
        if self.participants_per > min(self.users, MAX_PARTICIPANTS):
            raise ValueError(f"A conversation has at most {MAX_PARTICIPANTS} participants, and each user once.")
        if self.channel_share > 0 and self.participants_per > MAX_CHANNEL_PARTICIPANTS:
            raise ValueError(f"A conversation has at most {MAX_CHANNEL_PARTICIPANTS} participants with an address.")
        least = -(-self.conversations * self.participants_per // MAX_OPEN_CONVERSATIONS)
        if self.users < least:
            limit = f"A user takes part in at most {MAX_OPEN_CONVERSATIONS} conversations"
            raise ValueError(f"{limit}: that takes {least} users, not {self.users}.")

    @property
    def max_events_per(self) -> int:
        """The most event numbers that one conversation uses: two for a message and for a change of state."""
        return 1 + 2 * self.participants_per + 2 * self.messages_per + 2


class SampleHome(msgspec.Struct, frozen=True):
    """Where the sample goes, and the defaults there."""

    account_sid: str
    service_sid: str
    messaging_service_sid: str | None
    user_role_sid: str
    participant_role_sid: str


class SamplePart(msgspec.Struct):
    """The rows of some conversations."""

    conversations: list[Row] = []
    attributes: list[Row] = []
    """By which the conversations are found."""
    participants: list[Row] = []
    pairs: list[Row] = []
    messages: list[Row] = []


class Sample:
    """Makes the rows: first ``users`` once, then ``part`` until all conversations are made."""

    def __init__(self, recipe: Recipe, home: SampleHome) -> None:
        self._recipe, self._home = recipe, home
        self._random = Random(recipe.seed)  # noqa: S311 - nobody is to be surprised
        self._now = recipe.start.astimezone(UTC)
        self._microseconds = int(self._now.timestamp()) * 1_000_000
        self._users: list[tuple[str, str]] = []
        self._conversations = count()
        self._joined = self._phones = 0
        phones = recipe.conversations * recipe.participants_per * recipe.channel_share
        # At least as many as one conversation has participants, so that none is in it twice.
        self._addresses = max(1, recipe.participants_per, int(phones) // PER_ADDRESS)

    def users(self, events: Iterator[int]) -> list[Row]:
        """All users."""
        rows = []
        for number in range(self._recipe.users):
            self._tick()
            sid, identity, event = self._sid(Prefix.USER), f"user-{self._recipe.seed}-{number}", next(events)
            self._users.append((sid, identity))
            rows.append((
                self._home.service_sid, sid, identity, f"User {number}", "{}", self._home.user_role_sid, self._now,
                self._now, event, event,
            ))  # fmt: skip
        return rows

    def part(self, conversations: int, events: Iterator[int]) -> SamplePart:
        """The next *conversations* with all that is in them."""
        part = SamplePart()
        for _ in range(conversations):
            self._conversation(part, events)
        return part

    def _conversation(self, part: SamplePart, events: Iterator[int]) -> None:
        home, recipe = self._home, self._recipe
        self._tick()
        number, sid = next(self._conversations), self._sid(Prefix.CONVERSATION)
        created_at, born = self._now, next(events)
        participants = [self._participant(sid, events) for _ in range(recipe.participants_per)]
        last_activity_at, last_event = created_at, born
        for index in range(recipe.messages_per):
            part.messages.append(self._message(sid, index, participants, events))
            last_activity_at, last_event = self._now, next(events)
        furthest = max((self._read(each, events) for each in participants), default=-1)
        state, updated_at = self._end(), created_at
        if state != "active":
            self._tick()
            updated_at, last_event, _ = self._now, next(events), next(events)
        newest_event = max([last_event, *(each["last_event_id"] for each in participants)])
        channel = [each for each in participants if each["identity"] is None]
        if state != "closed":
            part.pairs += [
                (home.account_sid, each["address"], each["proxy_address"], home.service_sid, sid, each["sid"])
                for each in channel
            ]
        part.participants += [tuple(each.values()) for each in participants]
        part.attributes.append((home.service_sid, sid, "sample", "true", created_at))
        part.conversations.append((
            home.service_sid, sid, f"conversation-{recipe.seed}-{number}" if number % 2 else None,
            f"Conversation {number}", '{"sample":true}', state, home.messaging_service_sid, "system", created_at,
            updated_at, updated_at, last_activity_at, recipe.messages_per - 1, recipe.messages_per, furthest,
            len(participants), len(channel), born, last_event, newest_event,
        ))  # fmt: skip

    def _participant(self, conversation_sid: str, events: Iterator[int]) -> dict[str, Any]:
        """A row of participants by column, in the order of PARTICIPANT_COLUMNS."""
        self._tick()
        event = next(events)
        user_sid = identity = binding_type = address = proxy = None
        if self._random.random() < self._recipe.channel_share:
            binding_type, address, proxy = self._phone()
        else:
            user_sid, identity = self._users[self._joined % len(self._users)]
            self._joined += 1
        return {
            "service_sid": self._home.service_sid,
            "conversation_sid": conversation_sid,
            "sid": self._sid(Prefix.PARTICIPANT),
            "identity": identity,
            "user_sid": user_sid,
            "binding_type": binding_type,
            "address": address,
            "proxy_address": proxy,
            "attributes": "{}",
            "role_sid": self._home.participant_role_sid,
            "last_read_index": None,
            "last_read_at": None,
            "read_count": 0,
            "created_at": self._now,
            "updated_at": self._now,
            "born_event_id": event,
            "last_event_id": event,
        }

    def _phone(self) -> tuple[str, str, str]:
        """Binding type, address and proxy address; every third is of WhatsApp, and no pair comes twice.

        The country code +999 is not assigned.
        """
        address, proxy = self._phones % self._addresses, self._phones // self._addresses
        self._phones += 1
        type, prefix = ("whatsapp", "whatsapp:") if address % 3 == 2 else ("sms", "")
        part = f"{prefix}+999{self._recipe.seed % 1000:03}"
        return type, f"{part}1{address:07}", f"{part}2{proxy:07}"

    def _message(
        self, conversation_sid: str, index: int, participants: Sequence[dict[str, Any]], events: Iterator[int]
    ) -> Row:
        self._tick()
        author, participant_sid = "system", None
        if participants:
            speaker = participants[index % len(participants)]
            author, participant_sid = speaker["identity"] or speaker["address"], speaker["sid"]
        event, body = next(events), SENTENCES[index % len(SENTENCES)]
        return (
            self._home.service_sid, conversation_sid, index, self._sid(Prefix.MESSAGE), author, participant_sid, body,
            "{}", self._now, self._now, event, event,
        )  # fmt: skip

    def _read(self, participant: dict[str, Any], events: Iterator[int]) -> int:
        """Sets the read horizon of some; returns it, or -1."""
        if participant["identity"] is None or self._random.random() >= READER_SHARE:
            return -1
        self._tick()
        index = int(self._random.random() * max(1, self._recipe.messages_per))
        participant["last_read_index"] = index
        participant["read_count"] = min(index + 1, self._recipe.messages_per)
        participant["last_read_at"] = participant["updated_at"] = self._now
        participant["last_event_id"] = next(events)
        return index

    def _end(self) -> str:
        chance = self._random.random()
        return "closed" if chance < CLOSED else "inactive" if chance < CLOSED + INACTIVE else "active"

    def _tick(self) -> None:
        self._now += timedelta(microseconds=TICK_MICROSECONDS)
        self._microseconds += TICK_MICROSECONDS

    def _sid(self, prefix: Prefix) -> str:
        """Like new_sid, at the sample's time and from the seed."""
        return sid_of(prefix, self._microseconds * 1000, self._random.getrandbits(62))
