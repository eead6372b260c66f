"""The HTTP client: one request is sent, and what came back is returned; nothing is raised for the server's faults."""

import time
from collections.abc import Callable
from enum import StrEnum
from types import SimpleNamespace
from typing import Generic, TypeVar

import aiohttp
import msgspec
from yarl import URL

from parlour.outbound.answers import text_of
from parlour.outbound.deadlines import Deadlines
from parlour.outbound.guard import Forbidden, Guard

CALL_TIMEOUT_SECONDS = 5.0
"""From the first attempt to connect to the last byte of the answer, redirects and all."""
MAX_REDIRECTS = 3
MAX_BODY_BYTES = 64 * 1024
"""Of an answer's body; what comes after is not read."""
IDLE_SECONDS = 4.0
"""How long a connection is kept for the next call; common servers give theirs up after 5."""


class Request(msgspec.Struct, frozen=True):
    """An HTTP request as it is sent."""

    method: str
    url: str
    headers: dict[str, str]
    body: str


R = TypeVar("R", bound=Request)
R_co = TypeVar("R_co", bound=Request, covariant=True)


class Fault(StrEnum):
    """Why there was no complete answer."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    FORBIDDEN = "forbidden"


class Exchange(msgspec.Struct, Generic[R_co], frozen=True):
    """What was sent (last, where it was redirected) and what came back."""

    request: R_co
    status: int | None
    """None: there was no complete answer."""
    headers: dict[str, str]
    body: str
    error: str | None
    """The same in words."""
    milliseconds: float
    fault: Fault | None = None
    unreadable: str | None = None
    """Why the body is no text. What is in it then only shows its bytes."""

    @property
    def answer(self) -> int | str:
        """The status; where there is none, the fault."""
        return str(self.fault) if self.status is None else self.status


def stay(exchange: Exchange[R]) -> R | None:
    """Follows no redirect."""
    return None


class Client:
    """Calls other servers from this process, for the length of ``async with``."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def __aenter__(self) -> "Client":
        self._session = open_session(self._guard)
        self._deadlines = Deadlines()
        return self

    async def __aexit__(self, *error: object) -> None:
        self._deadlines.close()
        await self._session.close()
        await self._guard.close()

    async def call(self, request: R, onward: Callable[[Exchange[R]], R | None] = stay) -> Exchange[R]:
        """Sends *request*, and instead of what was redirected the request that *onward* gives.

        Never raises: what goes wrong is in the Exchange.
        """
        began = time.perf_counter()
        try:
            with self._deadlines.hold(CALL_TIMEOUT_SECONDS):
                exchange = await self._send(request, began)
                for _ in range(MAX_REDIRECTS):
                    following = onward(exchange)
                    if following is None:
                        break
                    request = following
                    exchange = await self._send(request, began)
                return exchange
        except TimeoutError:
            reason = f"no complete answer within {CALL_TIMEOUT_SECONDS:g} seconds"
            return _failed(request, Fault.TIMEOUT, reason, began)
        except Forbidden as refusal:
            return _failed(request, Fault.FORBIDDEN, str(refusal), began)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return _failed(request, Fault.UNREACHABLE, f"{type(error).__name__}: {error}", began)

    async def _send(self, request: R, began: float) -> Exchange[R]:
        """One request and its answer.

        race: the receiver may close a connection that it was idle on just when the next call takes it. That is no
        refusal to answer, so the call is made again, at last on a connection of its own.
        """
        while True:
            connection = SimpleNamespace(is_new=False)
            try:
                return await self._sent(request, began, connection)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                if connection.is_new:
                    raise

    async def _sent(self, request: R, began: float, connection: SimpleNamespace) -> Exchange[R]:
        url = URL(request.url, encoded=True)
        self._guard.check(url)
        answer = await self._session.request(
            request.method,
            url,
            data=request.body.encode() or None,
            headers=request.headers,
            allow_redirects=False,
            trace_request_ctx=connection,
        )
        try:
            body = await _read(answer)
        finally:
            answer.release()  # which closes the connection unless all of the answer was read
        text, unreadable = text_of(body, answer.headers, is_whole=len(body) < MAX_BODY_BYTES)
        return Exchange(
            request,
            answer.status,
            dict(answer.headers.items()),
            text,
            None,
            _milliseconds(began),
            unreadable=unreadable,
        )


def open_session(guard: Guard) -> aiohttp.ClientSession:
    """The connections of a Client; to be closed."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, resolver=guard, keepalive_timeout=IDLE_SECONDS),
        auto_decompress=False,
        # An answer is read as it comes, so nothing may invite the receiver to compress it.
        skip_auto_headers=("Accept-Encoding",),
        cookie_jar=aiohttp.DummyCookieJar(),
        raise_for_status=False,
        timeout=aiohttp.ClientTimeout(total=None),  # a Client has a deadline for each call
        trace_configs=[_noticing_new_connections()],
    )


def _noticing_new_connections() -> aiohttp.TraceConfig:
    """Notes on the context of a request when a connection is opened for it, rather than an earlier one taken."""

    async def opening(session: object, trace: SimpleNamespace, params: object) -> None:
        if trace.trace_request_ctx is not None:
            trace.trace_request_ctx.is_new = True

    config = aiohttp.TraceConfig()
    config.on_connection_create_start.append(opening)
    return config


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    body = b""
    while chunk := await answer.content.read(MAX_BODY_BYTES - len(body)):
        body += chunk
        if len(body) == MAX_BODY_BYTES:
            answer.close()
            break
    return body


def _failed(request: R, fault: Fault, reason: str, began: float) -> Exchange[R]:
    return Exchange(request, None, {}, "", reason, _milliseconds(began), fault)


def _milliseconds(began: float) -> float:
    return (time.perf_counter() - began) * 1000
