"""Unread counts after any history are what a plain count of the messages beyond the horizon gives."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.account_client import AccountClient
from tests.journeys.plain import contradictions

USERS = ("amira", "dana", "lee")

PLAIN = """
select p.identity, p.last_read_index,
       case when p.last_read_index is not null then
         (select count(*) from messages m where m.service_sid = p.service_sid
            and m.conversation_sid = p.conversation_sid and m.index > p.last_read_index) end
from participants p where p.service_sid = $1 and p.conversation_sid = $2
"""
PLAIN_SUM = """
select count(m.index), count(distinct m.conversation_sid)
from users u
left join participants p on p.service_sid = u.service_sid and p.identity = u.identity
left join conversations c
  on c.service_sid = p.service_sid and c.sid = p.conversation_sid and c.state in ('active', 'inactive')
left join messages m on m.service_sid = c.service_sid and m.conversation_sid = c.sid and m.index > p.last_read_index
where u.service_sid = $1 and u.identity = $2 group by u.sid
"""
COUNTERS = """
select message_count, last_index, participant_count, channel_participant_count,
       (select count(*) from messages m where m.service_sid = c.service_sid and m.conversation_sid = c.sid),
       (select count(*) from participants p where p.service_sid = c.service_sid and p.conversation_sid = c.sid),
       (select count(*) from participants p
        where p.service_sid = c.service_sid and p.conversation_sid = c.sid and p.identity is null)
from conversations c where service_sid = $1 and sid = $2
"""


@dataclass(frozen=True)
class Say:
    """A message is added."""


@dataclass(frozen=True)
class Unsay:
    """One of the messages is deleted, where there is one."""

    which: int


@dataclass(frozen=True)
class Read:
    """A user's horizon is set: *ahead* beyond the last index, or behind it; None unsets it."""

    user: str
    ahead: int | None
    through_participant: bool


@dataclass(frozen=True)
class Join:
    """A user is added, or a telephone."""

    who: str | int


@dataclass(frozen=True)
class Leave:
    """A user is removed."""

    user: str
    through_participant: bool


@dataclass(frozen=True)
class Vanish:
    """A user is deleted."""

    user: str


@dataclass(frozen=True)
class Rest:
    """The conversation gets another state."""

    state: str


Step = Say | Unsay | Read | Join | Leave | Vanish | Rest
USER = st.sampled_from(USERS)
STEPS = st.one_of(
    st.builds(Say),
    st.builds(Say),
    st.builds(Unsay, st.integers(0, 30)),
    st.builds(Read, USER, st.one_of(st.none(), st.integers(-6, 4), st.just(10**9)), st.booleans()),
    st.builds(Read, USER, st.integers(-6, 4), st.booleans()),
    st.builds(Join, st.one_of(USER, USER, st.integers(0, 2))),
    st.builds(Leave, USER, st.booleans()),
    st.builds(Vanish, USER),
    st.builds(Rest, st.sampled_from([*["inactive", "active"] * 3, "closed"])),
)


@dataclass
class History:
    """A conversation, what was done in it, and what therefore must be there."""

    api: AccountClient
    sid: str
    closed: bool = False
    messages: dict[int, str] = field(default_factory=dict)
    """The SIDs by index."""
    next_index: int = 0
    horizons: dict[str, int | None] = field(default_factory=dict)
    """Of those who take part."""
    phones: set[int] = field(default_factory=set)

    @property
    def path(self) -> str:
        return f"/Conversations/{self.sid}"

    async def take(self, step: Step) -> None:
        """Does *step* over HTTP and notes what it should have done."""
        match step:
            case Say():
                await self._say()
            case Unsay(which) if self.messages:
                await self._unsay(sorted(self.messages)[which % len(self.messages)])
            case Read(user, ahead, through_participant):
                index = None if ahead is None else max(self.next_index - 1 + ahead, 0)
                await self._read(user, index, through_participant)
            case Join(str(user)):
                await self._join(user)
            case Join(int(phone)):
                await self._add_phone(phone)
            case Leave(user, through_participant):
                await self._leave(user, through_participant)
            case Vanish(user):
                answer = await self.api.delete(f"/Users/{user}")
                assert answer.status in (204, 404)
                self.horizons.pop(user, None)
            case Rest(state):
                if await self._done(self.path, State=state):
                    self.closed = state == "closed"

    async def _say(self) -> None:
        answer = await self.api.post(self.path + "/Messages", Body="text", Author="dana")
        if self.closed:
            assert answer.refusal == (400, 50377)
            return
        assert answer.row["index"] == self.next_index
        self.messages[self.next_index] = answer.row["sid"]
        self.next_index += 1

    async def _unsay(self, index: int) -> None:
        if await self._done(f"{self.path}/Messages/{self.messages[index]}"):
            del self.messages[index]

    async def _read(self, user: str, index: int | None, through_participant: bool) -> None:
        if user not in self.horizons:
            return
        text = "" if index is None else index
        if await self._done(self._place(user, through_participant), LastReadMessageIndex=text):
            self.horizons[user] = index

    async def _join(self, user: str) -> None:
        answer = await self.api.post(self.path + "/Participants", Identity=user)
        if self.closed:
            assert answer.refusal == (400, 50377)
        elif user in self.horizons:
            assert answer.refusal == (409, 50433)
        else:
            assert answer.row["last_read_message_index"] is None
            self.horizons[user] = None

    async def _add_phone(self, phone: int) -> None:
        binding = {"Address": f"+1555000100{phone}", "ProxyAddress": "+15550002000"}
        form = {f"MessagingBinding.{name}": value for name, value in binding.items()}
        answer = await self.api.post(self.path + "/Participants", **form)
        if self.closed:
            assert answer.refusal == (400, 50377)
        elif phone in self.phones:
            assert answer.refusal == (409, 50416)
        else:
            assert answer.status == 201
            self.phones.add(phone)

    async def _leave(self, user: str, through_participant: bool) -> None:
        if user in self.horizons and await self._done(self._place(user, through_participant)):
            del self.horizons[user]

    def _place(self, user: str, through_participant: bool) -> str:
        return f"{self.path}/Participants/{user}" if through_participant else f"/Users/{user}{self.path}"

    async def _done(self, path: str, **form: object) -> bool:
        """Whether it was updated (or, without a form, deleted); a closed conversation refuses."""
        answer = await (self.api.post(path, **form) if form else self.api.delete(path))
        if self.closed:
            assert answer.refusal == (400, 50377)
            return False
        assert answer.status in (200, 204), answer.body
        return True

    async def check(self) -> None:
        """What the two ways to ask say is what a plain count says, and what the history says."""
        async with self.api.parlour.inside.database.session() as reading:
            plain = await reading.fetch(PLAIN, self.api.service, self.sid)
            counters = await reading.fetchone(COUNTERS, self.api.service, self.sid)
        people, phones, there = len(self.horizons) + len(self.phones), len(self.phones), len(self.messages)
        assert tuple(counters) == (there, self.next_index - 1, people, phones, there, people, phones)
        counted = {user: (horizon, unread) for user, horizon, unread in plain if user is not None}
        assert counted == {user: (horizon, self._beyond(horizon)) for user, horizon in self.horizons.items()}
        for user in USERS:
            assert await self._listed(user) == counted.get(user)
            assert await self._summed(user) == await self._plain_sum(user)

    async def _summed(self, user: str) -> tuple[int, int] | None:
        """How many messages the user has not read, and in how many conversations, of all that there are."""
        answer = await self.api.get(f"/parlour/v1/Users/{user}/Unread")
        if answer.status == 404:
            return None
        return answer.row["unread_messages_count"], answer.row["unread_conversations_count"]

    async def _plain_sum(self, user: str) -> tuple[int, int] | None:
        async with self.api.parlour.inside.database.session() as reading:
            row = await reading.fetchrow(PLAIN_SUM, self.api.service, user)
        return None if row is None else (row[0], row[1])

    def _beyond(self, horizon: int | None) -> int | None:
        return None if horizon is None else sum(index > horizon for index in self.messages)

    async def _listed(self, user: str) -> tuple[Any, Any] | None:
        """Horizon and unread count as the user's list has them, which must be as a fetch has them."""
        answer = await self.api.get(f"/Users/{user}/Conversations")
        listed = [] if answer.status == 404 else answer.rows
        rows = [row for row in listed if row["conversation_sid"] == self.sid]
        if not rows:
            return None
        assert (await self.api.get(f"/Users/{user}{self.path}")).row == rows[0]
        return rows[0]["last_read_message_index"], rows[0]["unread_messages_count"]


async def run(api: AccountClient, steps: list[Step]) -> None:
    """Every user begins in two conversations, one of which has a history; it is checked after every step."""
    for user in USERS:
        await api.delete(f"/Users/{user}")
    await _quiet(api)
    history = History(api, (await api.made("/Conversations"))["sid"])
    for step in [*map(Join, USERS[:2]), *steps]:
        await history.take(step)
        await history.check()
    assert await contradictions(api.parlour.inside.database, api.service) == {}
    assert (await api.delete(history.path)).status == 204


async def _quiet(api: AccountClient) -> None:
    """A conversation of all users in which two of three messages were read, so that sums have something to add up."""
    path = f"/Conversations/{(await api.made('/Conversations'))['sid']}"
    for number in range(3):
        await api.made(f"{path}/Messages", Body=str(number))
    for user in USERS:
        await api.made(f"{path}/Participants", Identity=user)
        assert (await api.post(f"/Users/{user}{path}", LastReadMessageIndex=1)).status == 200


READ_AHEAD = [Read("dana", 3, True), Say(), Say(), Unsay(0), Say(), Say(), Say(), Read("dana", -3, False), Unsay(1)]
REJOINED = [Say(), Read("dana", 0, False), Leave("dana", True), Say(), Join("dana"), Unsay(0), Read("dana", -1, True)]


@settings(max_examples=60)
@given(steps=st.lists(STEPS, min_size=10, max_size=45))
@example(steps=READ_AHEAD)
@example(steps=REJOINED)
async def test_unread_counts_are_plain_counts_after_any_history(api: AccountClient, steps: list[Step]) -> None:
    await run(api, steps)


async def test_the_reported_count_stops_at_a_thousand(api: AccountClient) -> None:
    sid = (await api.made("/Conversations", UniqueName="long"))["sid"]
    await api.made(f"/Conversations/{sid}/Participants", Identity="dana")
    await api.post("/Users/dana/Conversations/long", LastReadMessageIndex=0)
    path = f"/Conversations/{sid}/Messages"
    for _ in range(20):
        await asyncio.gather(*(api.made(path, Body="text") for _ in range(51)))
    counts = {}
    for index in (0, 18, 19, 20, 1018, 1019):
        row = (await api.post("/Users/dana/Conversations/long", LastReadMessageIndex=index)).row
        counts[index] = row["unread_messages_count"]
    assert counts == {0: 1000, 18: 1000, 19: 1000, 20: 999, 1018: 1, 1019: 0}
