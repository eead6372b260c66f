"""The log of a server: a line of JSON for each request and webhook, joined by the request's number, and no secret."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import aiohttp
import asyncpg
import pytest
from aiohttp import web

from tests.cli.running import Serve, Serving, basic
from tests.receiver import Received, Receiver, receiving

PHONE, OWN, BODY, IDENTITY, NAME = "+4915799900011", "+15557770022", "body-that-is-private", "dana-private", "named-so"
TOKEN, GUESS, ANSWER, QUERY = "auth-token-0123456789abcdef", "guessed-wrong-password", "answer-of-hook", "token-in-url"
PRIVATE = (PHONE, OWN, BODY, IDENTITY, NAME, TOKEN, GUESS, ANSWER, QUERY)
LOUD = {"X-Twilio-Webhook-Enabled": "true"}


class Story:
    """What happens in a server with things that are nobody's business, and what its log says of it."""

    def __init__(self, serving: Serving, receiver: Receiver, database: str) -> None:
        self.serving, self.receiver, self.database = serving, receiver, database
        self.requests: dict[str, str] = {}
        """By what was done: the number of the request."""

    async def told(self) -> str:
        """All that it logs, after the end of the story and of the server."""
        async with aiohttp.ClientSession() as self.client:
            await self._begin()
            await self._go_wrong()
        self.serving.process.terminate()
        return self.serving.rest()

    async def _begin(self) -> None:
        filters = ["onConversationAdded", "onMessageAdded"]
        await self._do("configure", "POST", "/v1/Configuration/Webhooks", PostWebhookUrl=self._hook, Filters=filters)
        await self._do("create", "POST", "/v1/Conversations", UniqueName=NAME)
        address = {"MessagingBinding.Address": PHONE, "MessagingBinding.ProxyAddress": OWN}
        await self._do("join", "POST", f"/v1/Conversations/{NAME}/Participants", **address)
        await self._do("join", "POST", f"/v1/Conversations/{NAME}/Participants", Identity=IDENTITY)
        await self._do("send", "POST", f"/v1/Conversations/{NAME}/Messages", Author=IDENTITY, Body=BODY)
        await self.receiver.take(2)

    @property
    def _hook(self) -> str:
        return f"{self.receiver.url}/{QUERY}?token={QUERY}"

    async def _go_wrong(self) -> None:
        await self._do("guess", "GET", f"/v1/Users/{IDENTITY}", authorization=basic(self.serving.account, GUESS))
        await self._do("bad", "POST", f"/v1/Conversations/{NAME}/Participants", **{"MessagingBinding.Address": PHONE})
        connection = await asyncpg.connect(self.database)
        await connection.execute(f"alter table messages add constraint tripwire check (body <> 'x{BODY}')")
        await self._do("fault", "POST", f"/v1/Conversations/{NAME}/Messages", Author=PHONE, Body=f"x{BODY}")
        await connection.execute("drop table participants cascade")
        await self._do("fault2", "GET", f"/v1/ParticipantConversations?Address=%2B{PHONE[1:]}")
        await connection.execute("drop table deliveries cascade")
        await connection.close()

    async def _do(self, what: str, method: str, path: str, authorization: str = "", **form: object) -> None:
        headers = {**LOUD, "Authorization": authorization or basic(self.serving.account, TOKEN)}
        async with self.client.request(
            method, self.serving.url + path, data=urlencode(form, doseq=True) or None,
            headers={**headers, "Content-Type": "application/x-www-form-urlencoded"},
        ) as answer:  # fmt: skip
            self.requests[what] = answer.headers["Twilio-Request-Id"]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async def reply(received: Received) -> web.StreamResponse:
        return web.Response(text=ANSWER, status=400 if received.event == "onMessageAdded" else 200)

    async with receiving() as listening:
        listening.reply = reply
        yield listening


@pytest.fixture
def story(serve: Serve, receiver: Receiver, own_database: str, folder: Path) -> Story:
    serving = serve(
        "--data", str(folder / "key"), "--access-log", database_url=own_database, webhook_allow_private="true",
        auth_token=TOKEN, log_level="debug",
    )  # fmt: skip
    return Story(serving, receiver, own_database)


def parsed(log: str) -> list[dict[str, Any]]:
    """The lines of the log, each of which is an object, without what is said to people."""
    return [cast(dict[str, Any], json.loads(line)) for line in log.splitlines() if line != "Stopped."]


async def test_no_secret_is_in_the_log_and_each_line_is_json(story: Story) -> None:
    log = await story.told()
    assert not [private for private in PRIVATE if private in log or private.lstrip("+") in log]
    assert not re.search(r"\bBasic |[Aa]uthorization|secret_key", log)
    lines = parsed(log)
    of_guess = [line for line in lines if line.get("request_id") == story.requests["guess"]]
    (guess,) = (line for line in of_guess if "status" in line)
    (warning,) = (line for line in of_guess if "status" not in line)
    assert warning["level"] == "warning"
    assert (guess["status"], guess["code"], "account" in guess) == (401, 20003, False)
    fault, request = (line for line in lines if line.get("request_id") == story.requests["fault"])
    assert (fault["level"], fault["event"], fault["operation"]) == ("error", "fault", "CreateConversationMessage")
    assert "asyncpg.exceptions.CheckViolationError (sqlstate 23514, table_name messages" in fault["exception"]
    assert "constraint_name tripwire)" in fault["exception"]
    assert (request["event"], request["status"], request["code"]) == ("request", 500, 20500)
    assert "UndefinedTableError" in next(
        line["exception"]
        for line in lines
        if line.get("request_id") == story.requests["fault2"] and "exception" in line
    )


async def test_a_change_can_be_followed_from_the_request_to_the_webhook(story: Story) -> None:
    lines = parsed(await story.told())
    request, webhook = (line for line in lines if line.get("request_id") == story.requests["create"])
    assert request.pop("milliseconds") >= 0
    assert request.pop("timestamp").endswith("Z")
    assert request == {
        "request_id": story.requests["create"],
        "account": story.serving.account,
        "operation": "CreateConversation",
        "level": "info",
        "event": "request",
        "method": "POST",
        "path": "/v1/Conversations",
        "status": 201,
    }
    assert webhook.pop("milliseconds") > 0
    assert re.fullmatch(r"[A-Z]{2}[0-9a-f]{32}", webhook.pop("delivery"))
    assert webhook.pop("timestamp") > ""
    assert webhook == {
        "request_id": story.requests["create"],
        "account": story.serving.account,
        "level": "info",
        "event": "webhook",
        "webhook": "post",
        "event_type": "onConversationAdded",
        "host": "127.0.0.1",
        "status": 200,
        "verdict": "delivered",
        "attempt": 0,
    }
    (failed,) = [line for line in lines if line.get("event_type") == "onMessageAdded"]
    assert (failed["request_id"], failed["level"]) == (story.requests["send"], "warning")
    assert (failed["status"], failed["verdict"]) == (400, "failed")


async def test_who_asks_for_it_gets_what_is_left_out_otherwise(
    serve: Serve, receiver: Receiver, own_database: str, folder: Path
) -> None:
    serving = serve(
        "--data", str(folder / "key"), "--access-log", "--log-sensitive", database_url=own_database,
        webhook_allow_private="true", auth_token=TOKEN,
    )  # fmt: skip
    log = await Story(serving, receiver, own_database).told()
    assert not [private for private in (PHONE, BODY, IDENTITY, NAME, ANSWER, QUERY) if private not in log]
    assert not [private for private in (TOKEN, GUESS) if private in log]
    assert "Failing row contains" in log


async def test_without_the_access_log_only_what_goes_wrong_is_logged(
    serve: Serve, receiver: Receiver, own_database: str, folder: Path
) -> None:
    serving = serve(
        "--data", str(folder / "key"), database_url=own_database, webhook_allow_private="true", auth_token=TOKEN
    )
    lines = parsed(await Story(serving, receiver, own_database).told())
    assert {line["level"] for line in lines} <= {"warning", "error"}
    assert {line["event"] for line in lines} >= {"webhook", "fault"}
