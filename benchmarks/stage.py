"""The stage of the cases of webhooks: a parlour, the receivers that it tells, and a poster beside it."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlencode

import asyncpg
import msgspec

from benchmarks.cases import CONNECTIONS, ROOMS, Bench
from benchmarks.databases import Filled, filled
from benchmarks.failures import Failed
from benchmarks.filling import FIRST
from benchmarks.poster import Job, Post, Poster, posting
from benchmarks.receivers import PATIENCE, Receivers, receiving
from benchmarks.servers import Server, parlour
from benchmarks.statements import BODY
from benchmarks.wrk import AUTHORIZATION

LOUD = {"Authorization": AUTHORIZATION, "X-Twilio-Webhook-Enabled": "true"}
"""What a message is posted with, so that webhooks are told of it."""
_SHUT = "update delivery_lanes set due_at = '9999-12-31'"
"""As if all lanes waited for another try, for very long."""
_OPEN = "update delivery_lanes set due_at = now()"
_WAITING = "(select count(*) from deliveries where state = 'waiting')"


class Stage(msgspec.Struct, frozen=True):
    """Who plays a part."""

    database: Filled
    server: Server
    receivers: Receivers
    poster: Poster

    def message(self, room: int) -> Post:
        """A message to the conversation of that number."""
        return Post(
            f"{self.server.url}/v1/Conversations/CH{FIRST + room:032}/Messages",
            urlencode({"Author": FIRST, "Body": BODY}),
        )

    def tell(self, url: str, room: int) -> None:
        """From now on *url* is told of the messages in the conversation of that number."""
        form = {"Target": "webhook", "Configuration.Url": url, "Configuration.Filters": "onMessageAdded"}
        self.server.post(f"/v1/Conversations/CH{FIRST + room:032}/Webhooks", urlencode(form))

    def say(self, messages: list[Post]) -> None:
        """The messages are posted, and webhooks will be told of them."""
        self.poster.do(Job([messages[start::CONNECTIONS] for start in range(CONNECTIONS)], LOUD))

    def shut(self) -> None:
        """Waits until nothing is being sent; from now on nothing is, in the lanes that there are."""
        asyncio.run(_when(self.database.url, f"{_WAITING} = 0", _SHUT))

    def open(self, number: int) -> None:
        """Waits until so many deliveries stand in the lanes; from now on they are sent."""
        asyncio.run(_when(self.database.url, f"{_WAITING} = {number}", _OPEN))


@contextmanager
def staged(bench: Bench, receivers: int) -> Iterator[Stage]:
    """A parlour on a new database with ROOMS conversations, so many receivers, and a poster."""
    bench.say(f"    a new database with {ROOMS:,} conversations")
    database = asyncio.run(filled(bench.server, ROOMS, fresh=True, name="webhooks"))
    with ExitStack() as stack:
        listening = stack.enter_context(receiving(receivers))
        # Without retries, so that a receiver which is slower than parlour waits is told everything once.
        serving = stack.enter_context(parlour(database.url, webhook_allow_private=True, webhook_retries=0))
        yield Stage(database, serving, listening, stack.enter_context(posting()))


async def _when(url: str, condition: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        until = time.monotonic() + PATIENCE
        while not await connection.fetchval(f"select {condition}"):
            if time.monotonic() > until:
                raise Failed(f"The lanes never came to this: {condition}")
            await asyncio.sleep(0.02)
        await connection.execute(statement)
    finally:
        await connection.close()
