"""A DNS server that knows some names and is silent about others."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

A, AAAA = 1, 28
_NO_SUCH_NAME = 3


@dataclass
class Nameserver(asyncio.DatagramProtocol):
    """Answers with the addresses in ``names``; to what ends in ``.silent.test`` it says nothing, to the rest that there
    is no such name."""

    names: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    is_silent: bool = False
    """Whether it says nothing to anybody."""
    address: str = ""
    _transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.address = "{}:{}".format(*transport.get_extra_info("sockname"))

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        name, kind, question = _question(data)
        self.asked.append(name)
        if self.is_silent or name.endswith(".silent.test"):
            return
        family, length = (socket.AF_INET6, 16) if kind == AAAA else (socket.AF_INET, 4)
        records = [
            b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 0, length) + socket.inet_pton(family, address)
            for address in self.names.get(name, [])
            if kind == (AAAA if ":" in address else A)
        ]
        status = 0x8180 | (0 if name in self.names else _NO_SUCH_NAME)
        assert self._transport is not None
        head = data[:2] + struct.pack(">HHHHH", status, 1, len(records), 0, 0)
        self._transport.sendto(head + question + b"".join(records), addr)


def _question(data: bytes) -> tuple[str, int, bytes]:
    """The name that is asked for, the kind of record, and the bytes of both."""
    rest, labels, at = data[12:], [], 0
    while rest[at]:
        labels.append(rest[at + 1 : at + 1 + rest[at]].decode())
        at += rest[at] + 1
    (kind,) = struct.unpack(">H", rest[at + 1 : at + 3])
    return ".".join(labels).lower(), kind, rest[: at + 5]


@asynccontextmanager
async def nameserving(**names: list[str]) -> AsyncIterator[Nameserver]:
    """A DNS server on this machine for the length of the block, which knows *names* below ``.answers.test``."""
    known = {f"{name}.answers.test": addresses for name, addresses in names.items()}
    transport, server = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Nameserver(known), local_addr=("127.0.0.1", 0)
    )
    try:
        yield server
    finally:
        transport.close()
