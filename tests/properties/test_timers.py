"""Timers after any history do what a plain walk through time does, tick by tick."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from parlour.resources.timers.actions import elapse_all
from tests.account_client import AccountClient
from tests.journeys.plain import contradictions
from tests.server import MovableClock

START = datetime(2032, 1, 1, tzinfo=UTC)
TICK = 30
"""Seconds; everything here happens at multiples of it."""
MAX_CONVERSATIONS = 4
CHANGES = """
select conversation_sid, payload ->> 'state_from', payload #>> '{conversation,state}', payload ->> 'reason'
from events where service_sid = $1 and type = 'ConversationStateUpdated' order by id
"""


@dataclass(frozen=True)
class Begin:
    """A conversation is made, in a state and with timers of so many ticks."""

    state: str
    timers: Mapping[str, int]


@dataclass(frozen=True)
class Say:
    """A message is added to one of the conversations."""

    which: int


@dataclass(frozen=True)
class Edit:
    """One of the conversations gets timers (0 ticks: none), a state, both or neither."""

    which: int
    timers: Mapping[str, int]
    state: str | None


@dataclass(frozen=True)
class Wait:
    """So many ticks go by, all at once."""

    ticks: int


Step = Begin | Say | Edit | Wait

STATES = ("active", "inactive", "closed")
TIMERS = st.fixed_dictionaries(
    {}, optional={"inactive": st.sampled_from([2, 3, 19, 20, 21, 30]), "closed": st.sampled_from([20, 21, 22, 40])}
)
EDITED = st.fixed_dictionaries(
    {}, optional={"inactive": st.sampled_from([0, 2, 5, 25]), "closed": st.sampled_from([0, 20, 33])}
)
WHICH = st.integers(0, MAX_CONVERSATIONS - 1)
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(Begin, st.sampled_from(STATES[:2]), TIMERS),
    st.builds(Say, WHICH),
    st.builds(Edit, WHICH, EDITED, st.sampled_from([None, None, None, *STATES])),
    st.builds(Wait, st.sampled_from([1, 2, 3, 17, 20, 50])),
)


@dataclass
class Plain:
    """A conversation as a plain program would keep it."""

    state: str
    timers: dict[str, int]
    base: int
    """The tick from which both timers count."""

    def tick(self, now: int) -> str | None:
        """The state that it gets at this tick, if it gets another one."""
        closes, pauses = (self.timers.get(name, 0) for name in ("closed", "inactive"))
        if self.state != "closed" and closes and now - self.base >= closes:
            return "closed"
        if self.state == "active" and pauses and now - self.base >= pauses:
            return "inactive"
        return None

    @property
    def shown(self) -> dict[str, str]:
        """Its timers over REST."""
        running = {"active": ("inactive", "closed"), "inactive": ("closed",), "closed": ()}[self.state]
        return {f"date_{name}": moment(self.base + self.timers[name]) for name in running if self.timers.get(name)}


def moment(tick: int) -> str:
    return f"{START + timedelta(seconds=TICK * tick):%Y-%m-%dT%H:%M:%SZ}"


@dataclass
class History:
    """An account, and what a plain program makes of the same history."""

    api: AccountClient
    now: int = 0
    plain: dict[str, Plain] = field(default_factory=dict)
    told: list[tuple[int, str, str, str, str]] = field(default_factory=list)
    """Every change of a state: tick, conversation, from, to, reason."""

    async def take(self, step: Step) -> None:
        match step:
            case Begin(state, timers):
                if len(self.plain) < MAX_CONVERSATIONS:
                    await self._begin(state, timers)
            case Wait(ticks):
                self._walk(ticks)
                self.api.parlour.clock.freeze(START + timedelta(seconds=TICK * self.now))
                await elapse_all(self.api.parlour.inside)
            case Say(which) | Edit(which):
                if which < len(self.plain):
                    sid, of = list(self.plain.items())[which]
                    await (self._say(sid, of) if isinstance(step, Say) else self._edit(sid, of, step))

    def _walk(self, ticks: int) -> None:
        for _ in range(ticks):
            self.now += 1
            for sid, of in self.plain.items():
                state = of.tick(self.now)
                if state is not None:
                    self._enter(sid, of, state, "TIMER")

    def _enter(self, sid: str, of: Plain, state: str, reason: str) -> None:
        self.told.append((self.now, sid, of.state, state, reason))
        of.state = state

    async def _begin(self, state: str, timers: Mapping[str, int]) -> None:
        row = await self.api.made("/Conversations", State=state, **_form(timers))
        self.plain[row["sid"]] = Plain(state, dict(timers), self.now)

    async def _say(self, sid: str, of: Plain) -> None:
        answer = await self.api.post(f"/Conversations/{sid}/Messages", Body="text")
        assert (answer.status == 201) == (of.state != "closed")
        if of.state == "closed":
            return
        of.base = self.now
        if of.state == "inactive":
            self._enter(sid, of, "active", "EVENT")

    async def _edit(self, sid: str, of: Plain, edit: Edit) -> None:
        form = _form(edit.timers) | ({} if edit.state is None else {"State": edit.state})
        answer = await self.api.post(f"/Conversations/{sid}", FriendlyName="again", **form)
        assert (answer.status == 200) == (of.state != "closed")
        if of.state == "closed":
            return
        of.timers |= edit.timers
        is_entered = edit.state not in (None, of.state)
        if is_entered or edit.timers:
            of.base = self.now
        if is_entered:
            self._enter(sid, of, edit.state or "", "API")

    async def check(self) -> None:
        rows = {row["sid"]: row for row in await self.api.listed("/Conversations") if row["sid"] in self.plain}
        found = {sid: (row["state"], row["timers"]) for sid, row in rows.items()}
        assert found == {sid: (of.state, of.shown) for sid, of in self.plain.items()}
        async with self.api.parlour.inside.database.session() as reading:
            told = [tuple(row) for row in await reading.fetch(CHANGES, self.api.service) if row[0] in self.plain]
        assert in_order(told, self.told)


def in_order(told: list[tuple[Any, ...]], plain: list[tuple[int, str, str, str, str]]) -> bool:
    """Whether *told* is *plain*, but for the order of what happened at the same tick to different conversations."""
    at = 0
    for tick in dict.fromkeys(each[0] for each in plain):
        together = [each[1:] for each in plain if each[0] == tick]
        if _by_conversation(told[at : at + len(together)]) != _by_conversation(together):
            return False
        at += len(together)
    return at == len(told)


def _by_conversation(changes: list[tuple[Any, ...]]) -> dict[str, list[tuple[Any, ...]]]:
    return {sid: [each for each in changes if each[0] == sid] for sid in {each[0] for each in changes}}


def _form(timers: Mapping[str, int]) -> dict[str, str]:
    return {f"Timers.{name.capitalize()}": f"PT{TICK * ticks}S" if ticks else "" for name, ticks in timers.items()}


SLEPT = [Begin("active", {"inactive": 2, "closed": 20}), Begin("active", {"inactive": 3}), Wait(50)]
REVIVED = [
    Begin("active", {"inactive": 2, "closed": 22}),
    Wait(3),
    Say(0),
    Wait(1),
    Edit(0, {"closed": 20}, None),
    Wait(50),
]


@settings(max_examples=100)
@given(steps=st.lists(STEPS, min_size=5, max_size=30))
@example(steps=SLEPT)
@example(steps=REVIVED)
async def test_timers_do_after_any_history_what_a_walk_through_time_does(
    api: AccountClient, clock: MovableClock, steps: list[Step]
) -> None:
    clock.freeze(START)
    history = History(api)
    for step in [Begin("active", {"inactive": 2, "closed": 21}), *steps, Wait(60)]:
        await history.take(step)
        await history.check()
    assert await contradictions(api.parlour.inside.database, api.service) == {}
    for sid in history.plain:
        assert (await api.delete(f"/Conversations/{sid}")).status == 204
