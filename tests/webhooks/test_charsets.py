"""The text of answers: in whatever charset it comes, what is stored is what the receiver meant, or nothing of it."""

import codecs
import json
from typing import Any

import pytest
from aiohttp import web

from tests.account_client import AccountClient
from tests.receiver import Received, Receiver, Reply
from tests.webhooks.conftest import be_asked, loudly

MEANT = "Café ☕ 😀"
WANTED = json.dumps({"body": MEANT}, ensure_ascii=False)
LATIN = json.dumps({"body": "Café"}, ensure_ascii=False)


def replying(body: bytes, headers: dict[str, str] | None = None, status: int = 200) -> Reply:
    async def reply(received: Received) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers={"Content-Type": "application/json", **(headers or {})})

    return reply


@pytest.fixture
async def asked(api: AccountClient, receiver: Receiver) -> AccountClient:
    await be_asked(api, receiver.url)
    return api


async def posted(asked: AccountClient) -> tuple[dict[str, Any], dict[str, Any], str]:
    """A message that the webhook was asked about: as it became, as the recorder has it, and as it is explained."""
    conversation = await asked.made("/Conversations")
    answer = await loudly(asked, f"/Conversations/{conversation['sid']}/Messages", Body="hello")
    assert answer.status == 201, answer.body
    request = answer.headers["Twilio-Request-Id"]
    (row,) = (await asked.get("/parlour/v1/Webhooks/Deliveries", RequestSid=request)).rows
    recorded = (await asked.get(f"/parlour/v1/Webhooks/Deliveries/{row['sid']}")).row
    explained = (await asked.get("/parlour/v1/Explain", Sid=request)).row
    return answer.row, {**row, "attempt": recorded["attempts"][0]}, json.dumps(explained, ensure_ascii=False)


READ = {
    "UTF-8 with a mark": (codecs.BOM_UTF8 + WANTED.encode(), {}, MEANT),
    "UTF-16 with a mark": (codecs.BOM_UTF16_BE + WANTED.encode("utf-16-be"), {}, MEANT),
    "UTF-32 with a mark": (codecs.BOM_UTF32_LE + WANTED.encode("utf-32-le"), {}, MEANT),
    "UTF-16 without any": (WANTED.encode("utf-16-le"), {}, MEANT),
    "declared UTF-16": (WANTED.encode("utf-16-be"), {"Content-Type": "application/json; charset=utf-16be"}, MEANT),
    "an empty coding": (WANTED.encode(), {"Content-Encoding": ""}, MEANT),
    "declared Latin-1": (LATIN.encode("latin-1"), {"Content-Type": "text/plain; charset=iso-8859-1"}, "Café"),
    "declared Windows": (LATIN.encode("cp1252"), {"Content-Type": 'text/json; charset="Windows-1252"'}, "Café"),
}


@pytest.mark.parametrize(("body", "headers", "meant"), READ.values(), ids=READ)
async def test_an_answer_is_read_in_its_charset(
    asked: AccountClient, receiver: Receiver, body: bytes, headers: dict[str, str], meant: str
) -> None:
    receiver.reply = replying(body, headers)
    message, recorded, _ = await posted(asked)
    assert message["body"] == meant
    assert (recorded["verdict"], recorded["attempt"]["changed"]) == ("amended", {"body": meant})
    assert meant in recorded["attempt"]["answer"]["body"]


UNREADABLE = {
    "undeclared Latin-1": (LATIN.encode("latin-1"), {}, "the body cannot be read: it is not UTF-8"),
    "Latin-1 that says it is UTF-8": (
        LATIN.encode("latin-1"),
        {"Content-Type": "application/json; charset=utf-8"},
        "the body cannot be read: it is not UTF-8",
    ),
    "half a UTF-16": (codecs.BOM_UTF16_LE + b'{"a', {}, "the body cannot be read: it is not UTF-16"),
    "a charset that nobody has": (
        WANTED.encode(),
        {"Content-Type": "application/json; charset=klingon"},
        "the body cannot be read: there is no charset 'klingon'",
    ),
    "compressed": (
        b"\x1f\x8b\x08\x00\x00",
        {"Content-Encoding": "gzip"},
        "the body is compressed ('gzip'), which was not asked for",
    ),
}


@pytest.mark.parametrize(("body", "headers", "reason"), UNREADABLE.values(), ids=UNREADABLE)
async def test_an_answer_that_cannot_be_read_changes_nothing_and_is_told(
    asked: AccountClient, receiver: Receiver, body: bytes, headers: dict[str, str], reason: str
) -> None:
    receiver.reply = replying(body, headers)
    message, recorded, explained = await posted(asked)
    assert message["body"] == "hello"
    assert (recorded["verdict"], recorded["error"]) == ("unreadable", reason)
    assert recorded["attempt"]["changed"] is None
    assert f"which let the change go ahead as it was, since {reason}." in explained
    for kept in (recorded, explained):
        assert "\ufffd" not in json.dumps(kept, ensure_ascii=False)


async def test_a_refusal_stays_one_whatever_its_bytes(asked: AccountClient, receiver: Receiver) -> None:
    receiver.reply = replying(b"non, d\xe9sol\xe9\0", status=403)
    answer = await loudly(asked, "/Conversations", FriendlyName="x")
    assert answer.refusal == (403, 50056)
    (row,) = (await asked.get("/parlour/v1/Webhooks/Deliveries")).rows
    (attempt,) = (await asked.get(f"/parlour/v1/Webhooks/Deliveries/{row['sid']}")).row["attempts"]
    assert (attempt["verdict"], attempt["answer"]["body"]) == ("refused", r"non, d\xe9sol\xe9\x00")


async def test_an_answer_that_is_cut_within_a_character_is_no_less_readable(
    asked: AccountClient, receiver: Receiver
) -> None:
    receiver.reply = replying(b'{"body": "' + "é".encode() * 40_000 + b'"}')
    message, recorded, _ = await posted(asked)
    assert (message["body"], recorded["verdict"]) == ("hello", "allowed")
    assert len(recorded["attempt"]["answer"]["body"].encode()) in (64 * 1024, 64 * 1024 - 1)
