"""Packets: what one binary message of a socket holds: a header and a payload, cut by the sizes that it names. Pure."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec

_MAGIC = b"TWILSOCK V3.0 "
_START = re.compile(rb"TWILSOCK V3\.0 ([0-9]{1,7}) ?\r\n")
_REPLY = b'"method":"reply"'
_WHERE_REPLIES_SAY_SO = 300
"""Bytes at the beginning of a packet that answers one of ours."""
_MAX_ID_LENGTH = 200

OK = {"code": 200, "status": "OK"}


class MalformedPacket(Exception):
    """A message that is no packet; the text says why."""


class Header(msgspec.Struct, frozen=True):
    """What is read of a header. What a client may get wrong without harm has any type here; whoever needs it looks."""

    method: str
    id: str
    payload_size: int = 0
    payload_type: Any = None
    token: Any = None
    continuation_token: Any = None
    metadata: Any = None
    registrations: Any = None
    http_request: msgspec.Raw = msgspec.Raw(b"null")


class Packet(msgspec.Struct, frozen=True):
    """A packet that came in."""

    header: Header
    payload: bytes

    @property
    def size(self) -> int:
        """About how many bytes it holds."""
        return len(self.payload) + len(bytes(self.header.http_request))


_encode = msgspec.json.Encoder().encode
_decode_header = msgspec.json.Decoder(Header).decode


def is_reply(message: bytes) -> bool:
    """Whether *message* answers one of our packets: nearly half of all that comes in, and nobody needs to read it."""
    return _REPLY in message[:_WHERE_REPLIES_SAY_SO]


def read(message: bytes) -> Packet:
    """The packet in *message*; raises MalformedPacket."""
    start = _START.match(message)
    if start is None:
        raise MalformedPacket("it does not begin as a packet does")
    begin, end = start.end(), start.end() + int(start[1])
    if message[end : end + 2] != b"\r\n":
        raise MalformedPacket("the size of the header is wrong")
    try:
        header = _decode_header(message[begin:end])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise MalformedPacket("the header is not a JSON object with a method and an id") from None
    if not 0 < len(header.id) <= _MAX_ID_LENGTH:
        raise MalformedPacket("the id is empty or too long")
    payload = message[end + 2 :]
    left = len(payload) - header.payload_size
    if header.payload_size < 0 or left not in (0, 2) or (left and not payload.endswith(b"\r\n")):
        raise MalformedPacket("the size of the payload is wrong")
    return Packet(header, payload[: header.payload_size])


def written(header: Mapping[str, Any], payload: bytes = b"") -> bytes:
    """A packet with this *header*, of which only the size of the payload is missing."""
    sized = {**header, "payload_size": len(payload)}
    head = _encode(sized)
    if not head.isascii():  # which headers are not meant to be
        head = json.dumps(sized, separators=(",", ":")).encode()
    return _joined(head, payload)


def notification(message_type: str, payload: bytes) -> bytes:
    """A packet with news, the same for all sessions: clients take neither the id nor the missing context amiss."""
    header = {"method": "notification", "id": "N", "message_type": message_type, "notification_ctx_id": ""}
    return written({**header, "payload_type": "application/json"}, payload)


def reply(to: str, status: Mapping[str, Any] = OK, *, payload: bytes = b"", **more: Any) -> bytes:
    """The reply to the packet with the id *to*."""
    return written({"method": "reply", "id": to, "status": status, **more}, payload)


def http_reply(to: str, status: int, payload: bytes, headers: Mapping[str, str] | None) -> bytes:
    """The reply to a tunnelled request.

    *headers*: None for the JS SDK, which decodes byte by byte: each byte left out is time that its users do not wait.
    """
    phrase = _PHRASES.get(status, "Unknown")
    if headers is not None:
        more: dict[str, Any] = {"http_headers": headers, "payload_type": "application/json"}
        return reply(to, payload=payload, http_status={"code": status, "status": phrase}, **more)
    head = (
        f'{{"method":"reply","id":{json.dumps(to)},"status":{{"code":200,"status":"OK"}},'
        f'"http_status":{{"code":{status},"status":"{phrase}"}},"payload_size":{len(payload)}}}'
    )
    return _joined(head.encode(), payload)


_PHRASES = {int(each): each.phrase for each in HTTPStatus}
"""An application sees this text as the message of the exception."""


def _joined(head: bytes, payload: bytes) -> bytes:
    if not payload:
        return b"%b%d\r\n%b\r\n" % (_MAGIC, len(head), head)
    return b"%b%d\r\n%b\r\n%b\r\n" % (_MAGIC, len(head), head, payload)
