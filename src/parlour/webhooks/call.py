"""Calls: one event put into an HTTP request, sent once, and what came back."""

import time
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from types import SimpleNamespace
from urllib.parse import quote, quote_plus, unquote, urljoin, urlsplit

import aiohttp
import msgspec
from yarl import URL

from parlour import __version__
from parlour.resources.deliveries.model import Attempt, public_headers
from parlour.webhooks.answers import storable, text_of
from parlour.webhooks.deadlines import Deadlines
from parlour.webhooks.guard import Forbidden, Guard
from parlour.webhooks.sign import signature, signed_text

SECONDS = 5.0
"""From the first attempt to connect to the last byte of the answer, redirects and all."""
MAX_REDIRECTS = 3
MAX_BYTES = 64 * 1024
"""Of an answer's body; what comes after is not read."""
IDLE_SECONDS = 4.0
"""How long a connection is kept for the next call; common servers give theirs up after 5."""
FORM = "application/x-www-form-urlencoded; charset=utf-8"
_ASCII = "".join(map(chr, range(33, 127)))
_QUOTED = {byte: quote_plus(bytes([byte])) for byte in range(256)}
"""How each byte of a value is written in a form."""
_SAME_METHOD = (307, 308)
_SEE_OTHER = 303


class Request(msgspec.Struct, frozen=True):
    """An HTTP request as it is sent."""

    method: str
    url: str
    headers: dict[str, str]
    body: str
    signed: str
    """The text that the signature is of."""


class Fault(StrEnum):
    """Why there was no complete answer."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    FORBIDDEN = "forbidden"


class Exchange(msgspec.Struct, frozen=True):
    """What was sent (last, where it was redirected) and what came back."""

    request: Request
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

    def attempt(
        self,
        account_sid: str,
        delivery_sid: str,
        number: int,
        verdict: str,
        began: datetime,
        changed: Mapping[str, str] | None = None,
    ) -> Attempt:
        """What is kept of it: as the attempt *number* of a delivery, with the *verdict* that was drawn from it.

        Credentials are not kept.
        """
        return Attempt(
            delivery_sid=delivery_sid,
            account_sid=account_sid,
            number=number,
            url=self.request.url,
            headers=public_headers(self.request.headers),
            body=self.request.body,
            signed=self.request.signed,
            answer_status=self.status,
            answer_headers={name: storable(value) for name, value in public_headers(self.headers).items()},
            answer_body=storable(self.body),
            error=None if self.error is None else storable(self.error),
            verdict=verdict,
            changed={name: storable(value) for name, value in changed.items()} if changed is not None else None,
            started_at=began,
            milliseconds=self.milliseconds,
        )


class Caller:
    """Sends webhooks from this process, for the length of ``async with``."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def __aenter__(self) -> "Caller":
        self._session = open_session(self._guard)
        self._deadlines = Deadlines()
        return self

    async def __aexit__(self, *error: object) -> None:
        self._deadlines.close()
        await self._session.close()
        await self._guard.close()

    async def call(self, method: str, url: str, parameters: Mapping[str, str], secret: str, token: str) -> Exchange:
        """Calls *url* with *parameters*, signed with the auth token *secret*, and follows redirects.

        Never raises: what goes wrong is in the Exchange. *token* is the idempotency token.
        """
        request = prepare(method, url, parameters, secret, token)
        began = time.perf_counter()
        try:
            with self._deadlines.hold(SECONDS):
                exchange = await self._send(request, began)
                for _ in range(MAX_REDIRECTS):
                    onward = _redirect(exchange, parameters, secret, token)
                    if onward is None:
                        break
                    request = onward
                    exchange = await self._send(request, began)
                return exchange
        except TimeoutError:
            return _failed(request, Fault.TIMEOUT, f"no complete answer within {SECONDS:g} seconds", began)
        except Forbidden as refusal:
            return _failed(request, Fault.FORBIDDEN, str(refusal), began)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return _failed(request, Fault.UNREACHABLE, f"{type(error).__name__}: {error}", began)

    async def _send(self, request: Request, began: float) -> Exchange:
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

    async def _sent(self, request: Request, began: float, connection: SimpleNamespace) -> Exchange:
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
        text, unreadable = text_of(body, answer.headers, is_whole=len(body) < MAX_BYTES)
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
    """The HTTP client that calls webhooks; to be closed."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, resolver=guard, keepalive_timeout=IDLE_SECONDS),
        auto_decompress=False,
        # An answer is read as it comes, so nothing may invite the receiver to compress it.
        skip_auto_headers=("Accept-Encoding",),
        cookie_jar=aiohttp.DummyCookieJar(),
        raise_for_status=False,
        timeout=aiohttp.ClientTimeout(total=None),  # a Caller has a deadline for each call
        trace_configs=[_noticing_new_connections()],
    )


def prepare(method: str, url: str, parameters: Mapping[str, str], secret: str, token: str) -> Request:
    """The request that tells *parameters* to *url*: as a form, or with GET in the query.

    The URL is signed and sent as it was configured, without ``user:password@``, which becomes Basic credentials, and
    without a fragment. What HTTP cannot carry is written as the receiver will see it: an empty path as ``/``, letters
    beyond ASCII as percent signs and digits.
    """
    userinfo, target = _called(url)
    headers = {"Accept": "*/*", "User-Agent": f"parlour/{__version__}", "I-Twilio-Idempotency-Token": token}
    if userinfo:
        headers["Authorization"] = "Basic " + b64encode(unquote(userinfo).encode()).decode()
    form: Mapping[str, str] = {}
    if method == "GET":
        target = _with_query(target, encoded(parameters))
    else:
        form = parameters
        headers["Content-Type"] = FORM
    signed = signed_text(target, form)
    headers["X-Twilio-Signature"] = signature(secret, signed)
    return Request(method, target, headers, encoded(form), signed)


def encoded(parameters: Mapping[str, str]) -> str:
    """*parameters* as a form; most values are SIDs and numbers, in which there is nothing to quote."""
    return "&".join(
        [
            f"{name}={value if value.isalnum() and value.isascii() else _quoted(value)}"
            for name, value in parameters.items()
        ]
    )


def _quoted(value: str) -> str:
    return value.encode().decode("latin-1").translate(_QUOTED)


@lru_cache(1024)
def _called(url: str) -> tuple[str, str]:
    """The user name and password in *url*, and the URL that is called."""
    start, _, rest = url.partition("#")[0].partition("://")
    length = min((rest.index(mark) for mark in "/?" if mark in rest), default=len(rest))
    userinfo, _, host = rest[:length].rpartition("@")
    path = rest[length:]
    if not path.startswith("/"):
        path = f"/{path}"
    return userinfo, f"{start}://{_ascii_host(host)}{quote(path, safe=_ASCII)}"


def _ascii_host(host: str) -> str:
    if host.isascii():
        return host
    name, colon, port = host.partition(":")
    try:
        return f"{name.encode('idna').decode()}{colon}{port}"
    except UnicodeError:
        return host  # nobody has such a name, and the resolver will say so


def _with_query(url: str, query: str) -> str:
    if not query:
        return url
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _redirect(exchange: Exchange, parameters: Mapping[str, str], secret: str, token: str) -> Request | None:
    """The request that the answer asks for instead, if it is one that webhooks follow."""
    if exchange.status not in (_SEE_OTHER, *_SAME_METHOD):
        return None
    onward = {name.lower(): value for name, value in exchange.headers.items()}.get("location")
    if not onward:
        return None
    url = urljoin(exchange.request.url, onward)
    if exchange.status == _SEE_OTHER:
        return _with_credentials(prepare("GET", url, {}, secret, token), exchange.request)
    if exchange.status in _SAME_METHOD:
        return _with_credentials(prepare(exchange.request.method, url, parameters, secret, token), exchange.request)
    return None


def _with_credentials(onward: Request, before: Request) -> Request:
    """*onward* with the Basic credentials of the request before it, if it goes to the same server."""
    known = before.headers.get("Authorization")
    if known is None or "Authorization" in onward.headers or _origin(onward.url) != _origin(before.url):
        return onward
    return msgspec.structs.replace(onward, headers={**onward.headers, "Authorization": known})


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


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
    while chunk := await answer.content.read(MAX_BYTES - len(body)):
        body += chunk
        if len(body) == MAX_BYTES:
            answer.close()
            break
    return body


def _failed(request: Request, fault: Fault, reason: str, began: float) -> Exchange:
    return Exchange(request, None, {}, "", reason, _milliseconds(began), fault)


def _milliseconds(began: float) -> float:
    return (time.perf_counter() - began) * 1000
