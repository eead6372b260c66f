"""Numbers after any history: they rise in each conversation, which knows the newest of all in it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.resources.receipts.model import Status
from tests.account_client import AccountClient
from tests.journeys.plain import contradictions
from tests.receipts import record, somebody

NUMBERS = """
select c.last_event_id, c.newest_event_id, (
  select max(e.id) from events e where e.service_sid = c.service_sid and e.conversation_sid = c.sid)
from conversations c where c.service_sid = $1 and c.sid = $2
"""


@dataclass
class Room:
    """A conversation, and what is in it."""

    api: AccountClient
    sid: str
    messages: list[dict[str, object]] = field(default_factory=list)
    people: int = 0
    newest: int = 0

    @property
    def path(self) -> str:
        return f"/Conversations/{self.sid}"

    async def say(self) -> None:
        self.messages.append(await self.api.made(f"{self.path}/Messages", Body="text"))

    async def say_at_once(self) -> None:
        await asyncio.gather(*(self.say() for _ in range(5)))

    async def edit(self) -> None:
        await self._changed(f"{self.path}/Messages/{self.messages[-1]['sid']}", Body="other")

    async def unsay(self) -> None:
        assert (await self.api.delete(f"{self.path}/Messages/{self.messages.pop(0)['sid']}")).status == 204

    async def deliver(self) -> None:
        await record(self.api, self.messages[-1], somebody(), Status.DELIVERED)

    async def join(self) -> None:
        self.people += 1
        await self.api.made(f"{self.path}/Participants", Identity=f"user-{self.people}")

    async def read(self) -> None:
        await self._changed(f"{self.path}/Participants/user-{self.people}", LastReadMessageIndex=0)

    async def leave(self) -> None:
        assert (await self.api.delete(f"{self.path}/Participants/user-{self.people}")).status == 204
        self.people -= 1

    async def vanish(self) -> None:
        assert (await self.api.delete(f"/Users/user-{self.people}")).status == 204
        self.people -= 1

    async def rename(self) -> None:
        await self._changed(self.path, FriendlyName="other")

    async def rest(self) -> None:
        await self._changed(self.path, State="inactive")

    async def _changed(self, path: str, **form: object) -> None:
        assert (await self.api.post(path, **form)).status == 200

    async def check(self) -> None:
        """The conversation's newest number rose, and is that of the newest fact or of the conversation itself."""
        async with self.api.parlour.inside.database.session() as reading:
            own, newest, told = await reading.fetchone(NUMBERS, self.api.service, self.sid)
        assert newest == max(own, told) > self.newest
        self.newest = newest


Step = Callable[[Room], Awaitable[None]]
OF_MESSAGES, OF_PEOPLE = (Room.edit, Room.unsay, Room.deliver), (Room.read, Room.leave, Room.vanish)
STEPS = st.sampled_from([Room.say, Room.say_at_once, Room.join, Room.rename, Room.rest, *OF_MESSAGES, *OF_PEOPLE])


@settings(max_examples=15)
@given(steps=st.lists(STEPS, min_size=5, max_size=20))
async def test_a_conversation_knows_the_newest_number_after_any_history(api: AccountClient, steps: list[Step]) -> None:
    room = Room(api, (await api.made("/Conversations"))["sid"])
    for step in steps:
        if (step in OF_MESSAGES and not room.messages) or (step in OF_PEOPLE and not room.people):
            continue
        await step(room)
        await room.check()
    assert await contradictions(api.parlour.inside.database, api.service) == {}
