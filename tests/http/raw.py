"""Requests as bytes, for what no client library would send."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tests.account_client import AccountClient


class RawAnswer(msgspec.Struct):
    """What came back, as far as a test looks at it."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def exchange(
    api: AccountClient, line: bytes, headers: bytes = b"", body: bytes = b"", *, authorized: bool = True
) -> RawAnswer:
    """The answer to a request with this request line, with the account's credentials if it is *authorized*."""
    address = urlsplit(api.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    authorization = f"Authorization: {api.credentials}\r\n".encode() if authorized else b""
    writer.write(line + b"\r\nHost: parlour.test\r\nConnection: close\r\n" + authorization + headers + b"\r\n" + body)
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    head, _, rest = answer.partition(b"\r\n\r\n")
    return RawAnswer(int(head.split()[1]), rest)
