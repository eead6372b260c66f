"""What tests of webhooks need: a receiver, and a house that tells it everything."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from aiohttp import web

from parlour.core.webhook_events import EVENTS, PostEvent
from tests.house import FORM, Answer, House, encoded
from tests.receiver import Received, Receiver, Reply, receiving

LOUD = {**FORM, "X-Twilio-Webhook-Enabled": "true"}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as listening:
        yield listening


@pytest.fixture
async def told(house: House, receiver: Receiver) -> House:
    """A house whose account tells the receiver of every event after it happened."""
    await listen(house, receiver.url + "/post?tenant=7")
    return house


async def listen(house: House, url: str, **more: str) -> None:
    """The account tells *url* of every event after it happened."""
    answer = await house.post("/v1/Configuration/Webhooks", PostWebhookUrl=url, Filters=list(PostEvent), **more)
    assert answer.status == 200, answer.body


async def be_asked(house: House, url: str, **more: str) -> None:
    """The account asks *url* before every change, and tells nobody afterwards."""
    answer = await house.post("/v1/Configuration/Webhooks", PreWebhookUrl=url, Filters=list(EVENTS), **more)
    assert answer.status == 200, answer.body


async def loudly(house: House, path: str, **form: object) -> Answer:
    """A change over REST that fires webhooks."""
    return await house.send("POST", path, encoded(form).encode(), LOUD)


async def remove_loudly(house: House, path: str) -> None:
    """A deletion over REST that fires webhooks."""
    answer = await house.send("DELETE", path, headers=LOUD)
    assert answer.status == 204, answer.body


async def made(house: House, path: str, **form: object) -> dict[str, Any]:
    """What a change over REST that fires webhooks made."""
    answer = await loudly(house, path, **form)
    assert answer.status == 201, answer.body
    return answer.row


def replying(status: int = 200, body: str = "", headers: Mapping[str, str] | None = None) -> Reply:
    """A receiver that always answers so."""

    async def reply(received: Received) -> web.StreamResponse:
        return web.Response(status=status, text=body, headers=headers)

    return reply
