"""What tests of webhooks need: a receiver, and an account that tells it everything."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from aiohttp import web

from parlour.core.webhook_events import EVENTS, PostEvent
from tests.account_client import FORM, AccountClient, Answer, encoded
from tests.receiver import Received, Receiver, Reply, receiving

LOUD = {**FORM, "X-Twilio-Webhook-Enabled": "true"}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as listening:
        yield listening


@pytest.fixture
async def told(api: AccountClient, receiver: Receiver) -> AccountClient:
    """An account that tells the receiver of every event after it happened."""
    await listen(api, receiver.url + "/post?tenant=7")
    return api


async def listen(api: AccountClient, url: str, **more: str) -> None:
    """The account tells *url* of every event after it happened."""
    answer = await api.post("/v1/Configuration/Webhooks", PostWebhookUrl=url, Filters=list(PostEvent), **more)
    assert answer.status == 200, answer.body


async def be_asked(api: AccountClient, url: str, **more: str) -> None:
    """The account asks *url* before every change, and tells nobody afterwards."""
    answer = await api.post("/v1/Configuration/Webhooks", PreWebhookUrl=url, Filters=list(EVENTS), **more)
    assert answer.status == 200, answer.body


async def loudly(api: AccountClient, path: str, **form: object) -> Answer:
    """A change over REST that fires webhooks."""
    return await api.send("POST", path, encoded(form).encode(), LOUD)


async def remove_loudly(api: AccountClient, path: str) -> None:
    """A deletion over REST that fires webhooks."""
    answer = await api.send("DELETE", path, headers=LOUD)
    assert answer.status == 204, answer.body


async def made(api: AccountClient, path: str, **form: object) -> dict[str, Any]:
    """What a change over REST that fires webhooks made."""
    answer = await loudly(api, path, **form)
    assert answer.status == 201, answer.body
    return answer.row


async def attempted(api: AccountClient, times: int) -> None:
    """Returns when the newest delivery was tried so often, and that is kept; then the clock may go on."""
    async with asyncio.timeout(30):
        while True:
            newest = (await api.get("/parlour/v1/Webhooks/Deliveries", PageSize=1)).rows
            if [each["attempts_count"] for each in newest] == [times]:
                return


async def fired(api: AccountClient, receiver: Receiver) -> list[str]:
    """The events that were sent, in order, of everything that has happened until now.

    A message in a conversation of its own comes after them all, so that what was not sent by then will not be.
    """
    last = f"/Conversations/{(await api.made('/Conversations'))['sid']}"
    scoped = {"Configuration.Url": f"{receiver.url}/the-end", "Configuration.Filters": ["onMessageAdded"]}
    await api.made(f"{last}/Webhooks", Target="webhook", **scoped)
    await made(api, f"{last}/Messages", Body="the end")
    while not (await receiver.next()).url.endswith("/the-end"):
        pass
    rows = await api.listed("/parlour/v1/Webhooks/Deliveries")
    return [row["event_type"] for row in reversed(rows) if not last.endswith(row["conversation_sid"] or "-")]


def replying(status: int = 200, body: str = "", headers: Mapping[str, str] | None = None) -> Reply:
    """A receiver that always answers so."""

    async def reply(received: Received) -> web.StreamResponse:
        return web.Response(status=status, text=body, headers=headers)

    return reply
