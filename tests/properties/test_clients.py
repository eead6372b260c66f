"""What a client shows after any history, with cuts of its connection anywhere, is what REST shows."""

from contextlib import AsyncExitStack
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.access_tokens import new_key, token_for
from tests.account_client import AccountClient
from tests.realtime.mirror import Mirror
from tests.realtime.rooms import user_sid
from tests.twilsock import connected

Step = tuple[str, int, int]
"""What happens, to which of two conversations, and to which of the things in it."""
DONE = ("say", "edit", "unsay", "join", "leave", "rename", "mute", "read", "rebuild")
STEPS = st.tuples(
    st.sampled_from([*DONE, "say", "join", "leave", "cut", "come back", "catch up"]),
    st.integers(0, 1),
    st.integers(0, 3),
)
PEOPLE = ("alice", "bob")


class History:
    """Two conversations, and alice's client."""

    def __init__(self, api: AccountClient, rooms: list[str], mirror: Mirror, key: tuple[str, str]) -> None:
        self.api, self.rooms, self.mirror, self._key = api, rooms, mirror, key
        self._connection = AsyncExitStack()
        self._count = 0

    async def take(self, step: Step) -> None:
        what, room, which = step
        if what == "cut":
            await self.cut()
        elif what == "come back":
            await self.come_back()
        elif what == "catch up":
            if self.mirror.client is not None:
                await self.mirror.catch_up()
        else:
            await self._do(what, room, which)

    async def cut(self) -> None:
        self.mirror.client = None
        await self._connection.aclose()

    async def come_back(self) -> None:
        if self.mirror.client is None:
            token = await token_for(self.api, "alice", key=self._key)
            client = await self._connection.enter_async_context(connected(self.api.parlour, token))
            await self.mirror.connect(client)

    async def _do(self, what: str, number: int, which: int) -> None:
        self._count += 1
        path, who, text = f"/Conversations/{self.rooms[number]}", PEOPLE[which % 2], f"no. {self._count}"
        if what in ("edit", "unsay"):
            there = await self.api.listed(f"{path}/Messages")
            if there:
                message = f"{path}/Messages/{there[which % len(there)]['sid']}"
                await (self.api.delete(message) if what == "unsay" else self.api.post(message, Body=text))
        elif what == "say":
            await self.api.made(f"{path}/Messages", Body=text)
        elif what == "join":
            await self.api.post(f"{path}/Participants", Identity=who)
        elif what == "leave":
            await self.api.delete(f"{path}/Participants/{who}")
        elif what == "rename":
            await self.api.post(path, FriendlyName=text)
        elif what == "mute":
            await self.api.post(f"/Users/alice{path}", NotificationLevel=("muted", "default")[which % 2])
        elif what == "read":
            await self.api.post(f"/Users/{who}{path}", LastReadMessageIndex=which)
        else:
            await self.api.delete(path)
            self.rooms[number] = (await self.api.made("/Conversations"))["sid"]

    async def is_right(self) -> bool:
        return await self._shown() == await self._there()

    async def _there(self) -> dict[str, Any]:
        found = {}
        for mine in await self.api.listed("/Users/alice/Conversations"):
            sid = mine["conversation_sid"]
            path = f"/Conversations/{sid}"
            messages = await self.api.listed(f"{path}/Messages")
            found[sid] = (
                mine["notification_level"],
                (await self.api.get(path)).row["friendly_name"],
                max((each["index"] for each in messages), default=None),
                {each["index"]: (each["sid"], each["author"], each["body"]) for each in messages},
                {
                    each["sid"]: (each["identity"], each["last_read_message_index"])
                    for each in await self.api.listed(f"{path}/Participants")
                },
            )
        return found

    async def _shown(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for sid in self.mirror.rooms:
            channel, messages, roster = f"ET{sid}.channel", f"ES{sid}.messages", f"MP{sid}.roster"
            if not {channel, messages, roster} <= self.mirror.objects.keys():
                return {"incomplete": sid}
            document = self.mirror.of(channel)[""]
            last = document["lastMessage"]
            found[sid] = (
                self.mirror.of(self.mirror.mine)[sid]["notificationLevel"],
                document["friendlyName"],
                None if last is None else last["index"],
                {
                    index: (each["sid"], each["author"], each["text"])
                    for index, each in self.mirror.of(messages).items()
                },
                {
                    key: (each["identity"], each["lastConsumedMessageIndex"])
                    for key, each in self.mirror.of(roster).items()
                },
            )
        return found


async def run(api: AccountClient, steps: list[Step]) -> None:
    rooms = [str((await api.made("/Conversations"))["sid"]) for _ in range(2)]
    await api.post(f"/Conversations/{rooms[0]}/Participants", Identity="alice")
    mirror = Mirror(await user_sid(api, "alice"))
    history = History(api, rooms, mirror, await new_key(api))
    try:
        await history.come_back()
        for step in steps:
            await history.take(step)
        await history.come_back()
        await mirror.until(history.is_right)
    except TimeoutError:
        raise AssertionError(f"{await history._shown()} is shown, {await history._there()} is there") from None
    finally:
        await history.cut()
        for room in rooms:
            await api.delete(f"/Conversations/{room}")


LEFT_AND_BACK: list[Step] = [("leave", 0, 0), ("say", 0, 0), ("join", 0, 0), ("say", 0, 0)]


@settings(max_examples=15)
@given(steps=st.lists(STEPS, min_size=4, max_size=25))
@example(steps=LEFT_AND_BACK)
@example(steps=[("cut", 0, 0), *LEFT_AND_BACK, ("rebuild", 0, 0), ("join", 0, 0)])
@example(steps=[("say", 0, 0), ("cut", 0, 0), ("edit", 0, 0), ("come back", 0, 0), ("unsay", 0, 0), ("rebuild", 0, 0)])
async def test_a_client_shows_what_there_is_after_any_history(api: AccountClient, steps: list[Step]) -> None:
    await run(api, steps)
