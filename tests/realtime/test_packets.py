"""Packets: any bytes may come in, and what goes out is what the client of the tests, which shares no code, reads."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, Protocol

from parlour.realtime import frames, packets
from parlour.realtime.packets import MalformedPacket
from tests import twilsock

GOOD = twilsock.written({"method": "message", "id": "TM1", "http_request": {"path": "/"}}, "ä\r\n".encode())
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.text(min_size=1, max_size=50), st.binary(max_size=300), st.sampled_from([b"", b"\r\n"]))
def test_what_clients_send_is_read(id: str, payload: bytes, end: bytes) -> None:
    packet = packets.read(twilsock.written({"method": "message", "id": id}, payload) + end)
    assert (packet.header.id, packet.payload) == (id, payload)


_ALTERED = st.builds(
    lambda cut, byte: GOOD[:cut] + byte + GOOD[cut + 1 :], st.integers(0, len(GOOD)), st.binary(max_size=2)
)


@given(st.binary(max_size=200) | _ALTERED)
@example(b"TWILSOCK V3.0 \xb2\r\n{}\r\n")
@example(b"TWILSOCK V3.0 7\r\n" + b"[" * 7 + b"\r\n")
def test_any_other_bytes_are_malformed_and_nothing_worse(message: bytes) -> None:
    with suppress(MalformedPacket):
        packets.read(message)


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(["method", "id", "payload_size", "token", "metadata", "http_request"]), _JSON))
def test_a_header_may_hold_anything(header: dict[str, Any]) -> None:
    head = json.dumps(header).encode()
    try:
        packet = packets.read(b"TWILSOCK V3.0 %d\r\n%b\r\n" % (len(head), head))
    except MalformedPacket:
        return
    assert packet.header.method == header["method"]


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"TWILSOCK V2.0 2\r\n{}\r\n",
        b"TWILSOCK V3.0 99999999\r\n{}\r\n",
        GOOD[:-1],
        GOOD + b"more",
        GOOD.replace(b'"id": "TM1"', b'"id": ""   '),
        GOOD.replace(b'"payload_size": 4', b'"payload_size": 0'),
        GOOD.replace(b'"payload_size": 4', b'"payload_size":-1'),
        twilsock.written({"method": "message", "id": "x" * 201}),
        b"TWILSOCK V3.0 100000\r\n" + b"[" * 100_000 + b"\r\n",
    ],
)
def test_a_malformed_packet_says_why(message: bytes) -> None:
    with pytest.raises(MalformedPacket, match=r"\w"):
        packets.read(message)


def test_a_space_before_the_first_line_break_is_tolerated() -> None:
    assert packets.read(GOOD.replace(b"\r\n", b" \r\n", 1)).header.method == "message"


@given(st.text(min_size=1, max_size=30), st.binary(max_size=100).map(lambda raw: json.dumps(raw.hex()).encode()))
def test_what_goes_out_is_read_by_others(id: str, payload: bytes) -> None:
    for packet in (
        packets.reply(id, payload=payload),
        packets.http_reply(id, 404, payload, None),
        packets.http_reply(id, 200, b"", {"content-type": "application/json"}),
        packets.notification("twilio.sync.event", payload),
    ):
        read = twilsock.read(packet)
        assert read.header["id"] in (id, "N")
        assert read.payload in (payload, b"")


def test_acknowledgements_are_told_by_their_beginning() -> None:
    assert packets.is_reply(b'TWILSOCK V3.0 99\r\n{"method":"reply","id":"1","status":{"code":200}}\r\n')
    assert not packets.is_reply(GOOD)


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536, 100_000])
def test_a_frame_is_one_that_others_read(size: int) -> None:
    client = Protocol(CLIENT)
    client.receive_data(frames.binary(b"x" * size) + frames.binary(b"next"))
    first, second = client.events_received()
    assert isinstance(first, Frame)
    assert isinstance(second, Frame)
    assert (first.opcode, len(first.data), bytes(second.data)) == (Opcode.BINARY, size, b"next")
