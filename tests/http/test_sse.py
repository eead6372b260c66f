"""Streams of events end with their reader, their credential and the process, and hold nothing back."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable

import falcon.asgi
import falcon.testing
import pytest
from falcon.asgi import SSEvent

from parlour.core.errors import InvalidParameter, Unauthenticated
from parlour.http.app import RECEIVE
from parlour.http.sse import EventStreams
from parlour.runtime.hub import Hub, Waiter

PATIENCE = 30
"""Seconds after which something that should have happened has not."""


def shown(event: SSEvent | None) -> str | None:
    assert event is not None
    return event.event or event.text


class Client:
    """The other end: what it reads, whether its credential is good, and when it disconnects."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.is_revoked = False
        self.has_gone = asyncio.Event()
        self.proved: list[str | None] = []
        self.waiters: list[Waiter] = []
        self.is_closed = False

    async def authenticate(self, header: str | None) -> None:
        self.proved.append(header)
        if self.is_revoked:
            raise Unauthenticated

    async def receive(self) -> dict[str, str]:
        await self.has_gone.wait()
        return {"type": "http.disconnect"}

    async def batches(self, waiter: Waiter) -> AsyncGenerator[Iterable[SSEvent], None]:
        """One event more in each batch; the third is refused."""
        self.waiters.append(waiter)
        try:
            for size in (1, 2):
                yield [SSEvent(text=f"{size}") for _ in range(size)]
            raise InvalidParameter(name="After")
        finally:
            self.is_closed = True

    def stream(self) -> AsyncIterator[SSEvent | None]:
        scope = falcon.testing.create_scope(headers={"Authorization": "Basic eA=="})
        request = falcon.asgi.Request(scope, self.receive)
        request.scope[RECEIVE] = self.receive
        response = falcon.asgi.Response()
        EventStreams(self.hub, self.authenticate).send(request, response, self.batches)
        assert response.get_header("Cache-Control") == "no-store"
        assert response.sse is not None
        return response.sse

    async def read(self) -> list[str | None]:
        async with asyncio.timeout(PATIENCE):
            return [shown(event) async for event in self.stream()]


@pytest.fixture
def client() -> Client:
    return Client()


async def test_every_batch_is_sent_and_then_the_refusal_that_ends_the_stream(client: Client) -> None:
    assert await client.read() == ["1", "2", "2", "refusal"]
    assert client.proved == ["Basic eA==", "Basic eA=="], "once after each batch"
    assert client.is_closed


async def test_a_revoked_credential_ends_it_after_the_batch(client: Client) -> None:
    client.is_revoked = True
    assert await client.read() == ["1", "refusal"]
    assert client.is_closed


async def test_a_process_that_stops_ends_it_after_the_batch(client: Client) -> None:
    client.hub.close()
    assert await client.read() == ["1"]
    assert client.is_closed


async def test_a_client_that_disconnects_gets_no_further_batch(client: Client) -> None:
    stream = client.stream()
    async with asyncio.timeout(PATIENCE):
        assert shown(await anext(stream)) == "1"
        client.has_gone.set()
        while not client.waiters[0].is_gone:
            await client.waiters[0].woken.wait()
        assert [event async for event in stream] == []
    assert client.is_closed
    assert not client.proved
