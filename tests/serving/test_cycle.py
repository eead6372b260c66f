"""An answer has the bytes that uvicorn gives it, whether it comes whole, in pieces, or without a body."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import pytest
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from parlour.serving.cycle import Cycle

JSON = (b"content-type", b"application/json; charset=utf-8")


class Sent(asyncio.Transport):
    """A transport that notes in which pieces it sent, and whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.pieces.append(bytes(data))

    def close(self) -> None:
        self.is_closed = True


def start(*headers: tuple[bytes, bytes], status: int = 200) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def part(body: bytes | None, *, more: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "http.response.body"}
    return found | ({} if body is None else {"body": body}) | ({"more_body": True} if more else {})


def cycle(kind: type[RequestResponseCycle], sent: Sent, *, method: str = "GET", keep_alive: bool = True) -> Any:
    ended: list[None] = []
    made = kind(
        scope={"type": "http", "method": method},  # type: ignore[typeddict-item]
        transport=sent,
        flow=FlowControl(sent),
        logger=logging.getLogger(),
        access_logger=logging.getLogger(),
        access_log=False,
        default_headers=[(b"date", b"Tue, 01 Dec 2026 12:00:00 GMT")],
        message_event=asyncio.Event(),
        expect_100_continue=False,
        keep_alive=keep_alive,
        on_response=lambda: ended.append(None),
    )
    return made, ended


WHOLE = (start(JSON, (b"content-length", b"2")), part(b"{}"))
ANSWERS: dict[str, tuple[Sequence[dict[str, Any]], dict[str, Any]]] = {
    "whole": (WHOLE, {}),
    "a refusal": ((start(JSON, (b"content-length", b"4"), status=404), part(b"null")), {}),
    "empty": ((start((b"content-length", b"0")), part(None)), {}),
    "to HEAD": (WHOLE, {"method": "HEAD"}),
    "the last of its connection": (WHOLE, {"keep_alive": False}),
    "the last, as it says": ((start((b"content-length", b"2"), (b"connection", b"close")), part(b"{}")), {}),
    "without a body": ((start(status=204), part(None)), {}),
    "in two pieces": ((start((b"content-length", b"4")), part(b"nu", more=True), part(b"ll")), {}),
    "of unknown length": (
        (start(JSON), part(b"a", more=True), part(b"", more=True), part(b"b", more=True), part(b"")),
        {},
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_an_answer_has_the_bytes_that_uvicorn_gives_it(name: str) -> None:
    messages, request = ANSWERS[name]
    found = []
    for kind in (RequestResponseCycle, Cycle):
        sent = Sent()
        made, ended = cycle(kind, sent, **request)
        for message in messages:
            await made.send(message)
        assert made.response_complete
        assert made.message_event.is_set()
        found.append((b"".join(sent.pieces), sent.is_closed, len(ended)))
    assert found[0] == found[1]


async def test_a_whole_answer_is_one_piece() -> None:
    sent = Sent()
    made, _ = cycle(Cycle, sent)
    for message in WHOLE:
        await made.send(message)
    assert len(sent.pieces) == 1


async def test_the_head_of_a_stream_does_not_wait_for_its_body() -> None:
    sent = Sent()
    made, _ = cycle(Cycle, sent)
    await made.send(start((b"content-type", b"text/event-stream")))
    assert sent.pieces[0].startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: b", b"a\nb", b"a\rb", b"a\0b", b"a\x7fb"])
async def test_no_header_can_begin_another(value: bytes) -> None:
    sent = Sent()
    made, _ = cycle(Cycle, sent)
    await made.send(start((b"content-length", b"2"), (b"x", value)))
    with pytest.raises(RuntimeError):
        await made.send(part(b"{}"))
    assert sent.pieces == []


@pytest.mark.parametrize("body", [b"", b"{", b"{ }"])
async def test_a_body_of_another_length_than_was_said_is_a_fault(body: bytes) -> None:
    made, _ = cycle(Cycle, Sent())
    await made.send(WHOLE[0])
    with pytest.raises(RuntimeError):
        await made.send(part(body))


async def test_nothing_is_written_to_a_client_that_has_gone() -> None:
    sent = Sent()
    made, _ = cycle(Cycle, sent)
    await made.send(WHOLE[0])
    made.disconnected = True
    await made.send(WHOLE[1])
    assert sent.pieces == []
