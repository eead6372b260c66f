"""The tunnel: requests that come as packets, and the handlers that answer them. The hosts in them are labels only."""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import structlog

from parlour.contract.reply import Reply, refusal
from parlour.contract.urlencoded import pairs, reference
from parlour.core.errors import (
    ApiError,
    InvalidBody,
    InvalidParameter,
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
    ServerFault,
    TooManyCommands,
    Unavailable,
)
from parlour.realtime.observer import Observer
from parlour.realtime.packets import Packet
from parlour.realtime.session import Session

FORM = "application/x-www-form-urlencoded"
_MAX_SEGMENTS = 20

_log = structlog.get_logger("parlour.sockets")


class Request(msgspec.Struct, frozen=True):
    """A tunnelled request."""

    method: str
    path: tuple[str, ...]
    """Its segments, decoded."""
    params: Mapping[str, Sequence[str]]
    body: Any
    """What the JSON says; the pairs of a form; None if there is none."""
    number: str
    """``RQ…``"""
    references: tuple[str, ...] = ()
    """Those of the segments that stand where the handler's template has a ``{}``."""


Handler = Callable[[Session, Request], Awaitable[Reply]]


class Handled(msgspec.Struct, frozen=True):
    """A place in the tunnel: ``GET /v3/Maps/{}``, and the handler there."""

    method: str
    template: str
    handler: Handler
    is_read: bool = False
    """Whether a client may ask for it as often as it likes: for what changes nothing."""

    @property
    def is_free(self) -> bool:
        return self.is_read or self.method == "GET"


class _Sent(msgspec.Struct):
    """The request as the header of a packet has it."""

    path: str
    method: str
    params: dict[str, Any] | None = None


_decode_sent = msgspec.json.Decoder(_Sent).decode
_decode_body = msgspec.json.Decoder().decode


class _Fork:
    """What may follow in a path after some segments."""

    __slots__ = ("any", "handlers", "named")

    def __init__(self) -> None:
        self.named: dict[str, _Fork] = {}
        self.any: _Fork | None = None
        self.handlers: dict[str, Handled] = {}


class Routes:
    """All handlers by their places. A named segment goes before ``{}``."""

    def __init__(self, places: Iterable[Handled]) -> None:
        self._start = _Fork()
        for place in places:
            fork = self._start
            for segment in place.template.strip("/").split("/"):
                if segment == "{}":
                    fork.any = fork.any or _Fork()
                    fork = fork.any
                else:
                    fork = fork.named.setdefault(segment, _Fork())
            assert place.method not in fork.handlers, f"two handlers of {place.method} {place.template}"
            fork.handlers[place.method] = place

    def find(self, method: str, path: tuple[str, ...]) -> tuple[Handled, tuple[str, ...]]:
        """The handler of *method* at *path*, and the references in it; raises NotFound, MethodNotAllowed."""
        found = [(fork, references) for fork, references in _leaves(self._start, path, 0, ()) if fork.handlers]
        for fork, references in found:
            if method in fork.handlers:
                return fork.handlers[method], references
        raise MethodNotAllowed if found else NotFound


def _leaves(
    fork: _Fork, path: tuple[str, ...], at: int, references: tuple[str, ...]
) -> Iterable[tuple[_Fork, tuple[str, ...]]]:
    if at == len(path):
        yield fork, references
        return
    named = fork.named.get(path[at])
    if named is not None:
        yield from _leaves(named, path, at + 1, references)
    if fork.any is not None:
        yield from _leaves(fork.any, path, at + 1, (*references, path[at]))


def read(packet: Packet, number: str) -> Request:
    """The request in *packet*; raises ApiError for one that cannot be read."""
    try:
        sent = _decode_sent(packet.header.http_request)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise MalformedRequest from None
    raw, _, query = sent.path.partition("?")
    segments = raw.strip("/").split("/")
    if len(segments) > _MAX_SEGMENTS:
        raise NotFound
    params = pairs(query.encode()) if query else {}
    params |= {name: list(_values(name, value)) for name, value in (sent.params or {}).items()}
    return Request(sent.method.upper(), tuple(map(reference, segments)), params, _body(packet), number)


def _values(name: str, value: object) -> Iterable[str]:
    """The values of a parameter, which are still escaped."""
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, bool) or not isinstance(each, str | int | float):
            raise InvalidParameter(name=name)
        try:
            yield reference(str(each))
        except NotFound:
            raise InvalidParameter(name=name) from None


def _body(packet: Packet) -> Any:
    if not packet.payload:
        return None
    said = packet.header.payload_type
    if isinstance(said, str) and said.partition(";")[0].strip().lower() == FORM:
        return pairs(packet.payload)
    try:
        return _decode_body(packet.payload)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise InvalidBody(reason="it is not JSON") from None


class _Asked(msgspec.Struct):
    """What is known of a request so far, for those who look on."""

    method: str = ""
    path: str = "/"
    place: str = ""


class Tunnel:
    """Answers requests with the handlers of *routes*."""

    def __init__(self, routes: Routes, observer: Observer) -> None:
        self._routes, self._observer = routes, observer

    async def answer(self, session: Session, packet: Packet, number: str) -> Reply:
        """The reply to the request in *packet*, whatever is wrong with it or with us."""
        began, asked = time.perf_counter(), _Asked()
        reply = await self._reply(session, packet, number, asked)
        self._observer.answered(session, asked.place, asked.method, asked.path, reply, began, number)
        return reply

    async def _reply(self, session: Session, packet: Packet, number: str, asked: "_Asked") -> Reply:
        path = asked.path
        try:
            request = read(packet, number)
            path = asked.path = "/" + "/".join(request.path)
            asked.method = request.method
            handled, references = self._routes.find(request.method, request.path)
            asked.place = f"{handled.method} {handled.template}"
            if not handled.is_free and not session.may_command():
                raise TooManyCommands
            if references:
                request = msgspec.structs.replace(request, references=references)
            return await handled.handler(session, request)
        except ApiError as error:
            if isinstance(error, Unavailable):
                _log.warning("The database does not answer.", reason=error.reason)
            return refusal(error, path)
        except Exception as fault:
            _log.error("A request through a socket failed.", exc_info=fault)
            return refusal(ServerFault(), path)
