"""One connection of a client: uvicorn's HTTP/1.1 with joined writes, and bounds on what a client may send and on how
long it may take, whoever it is: this is before any credential.

What cannot be read as a request is refused through the application, so that it is counted, logged and answered as any
other request.
"""

import asyncio
from typing import NoReturn, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from parlour.core.errors import ApiError, HeadTooLarge, MalformedRequest, TargetTooLong, UnknownHttpVersion
from parlour.http.middleware import REFUSAL
from parlour.http.parse import CUT_OFF
from parlour.realtime.sockets import SOCKETS
from parlour.serving.cycle import Cycle, cycle_of
from parlour.serving.joined_writes import JoinedWrites
from parlour.serving.unread_answers import UnreadAnswers

MAX_HEAD_BYTES = 64 * 1024
"""Of a request's line and headers together; also of what stands between two pieces of a body, and behind it."""
MAX_HEADERS = 100
MAX_PIPELINED = 16
"""Requests that wait in one connection for the answer to the one before."""
HEAD_TIMEOUT_SECONDS = 10.0
"""From a connection's first moment, or a further request's first byte, to the end of the request's headers."""
BODY_TIMEOUT_SECONDS = 30.0
"""For which a body may stand still."""
WHOLE_BODY_TIMEOUT_SECONDS = 600.0
"""For which a body may take in all, also if it moves."""
READ_TIMEOUT_SECONDS = 30.0
"""For which a client may read nothing of an answer that is ready."""
ENDING_TIMEOUT_SECONDS = 5.0
"""For which clients may go on sending a body, or reading an answer that is ready, once the server ends."""
KEEP_ALIVE_SECONDS = 75
"""For which a connection stays open between two requests: longer than the pools of clients and proxies keep theirs, so
that no request is sent into a connection that is just being closed."""
CHECK_INTERVAL_SECONDS = 3.0
ENDING_CHECK_INTERVAL_SECONDS = 0.5

UNREAD = UnreadAnswers()
"""Of all connections of this process."""
_VERSIONS = ("1.1", "1.0")
_VERSION_REASONS = ("Invalid HTTP version", "Invalid major version", "Invalid minor version", "Expected dot",
                    "Pause on PRI/Upgrade")  # fmt: skip
"""What the parser says of a version that it does not know; the last of the opening of HTTP/2."""


class _Refused(Exception):
    """Ends the parsing of what cannot be a request."""


class Protocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 for one connection, within the bounds above."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._joined = JoinedWrites(cast(asyncio.Transport, transport), self.loop)
        super().connection_made(cast(asyncio.Transport, self._joined))
        now = self.loop.time()
        self._head_since: float | None = now
        self._is_in_body = False
        self._body_since = self._moved_at = now
        self._fed = 0
        self._unparsed = 0
        """Bytes since the parser came to the end of a head, or of a piece of a body."""
        self._is_upgrade = False
        self._because: type[ApiError] | None = None
        self._refusal: type[ApiError] | None = None
        self._sent, self._sent_at = 0, now
        self._ends_at: float | None = None
        self._checking = self.loop.call_later(CHECK_INTERVAL_SECONDS, self._check)

    def connection_lost(self, exc: Exception | None) -> None:
        self._checking.cancel()
        UNREAD.discard(self)
        if self._is_in_body:
            self._note(**{CUT_OFF: True})
        super().connection_lost(exc)

    def shutdown(self) -> None:
        super().shutdown()
        self._ends_at = self.loop.time() + ENDING_TIMEOUT_SECONDS
        self._checking.cancel()
        self._check()

    # What comes in

    def data_received(self, data: bytes) -> None:
        if self._refusal is not None:
            return
        self._unset_keepalive_if_required()
        self._moved_at = self.loop.time()
        self._fed = len(data)
        self._unparsed += self._fed
        self._feed(data)
        if self._unparsed:
            self._look_at_unparsed()

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            rest = data[upgrade.args[0] :]
            if self._asks_for_socket():
                self._become_socket(rest)
            else:
                self._feed_without_upgrade(rest)
        except httptools.HttpParserError as error:
            self._refuse(self._because or _refusal_of(error))

    def _look_at_unparsed(self) -> None:
        """There is a piece of something whose end has not come yet."""
        if self._unparsed > MAX_HEAD_BYTES and self._refusal is None:
            self._refuse(MalformedRequest if self._is_in_body else self._too_large())
        elif self._head_since is None and not self._is_in_body:
            self._head_since = self._moved_at

    def _asks_for_socket(self) -> bool:
        """Whether the request, which asks for another protocol, can have it: one without a body, of a client that waits
        for nothing else."""
        sockets = self.app_state.get(SOCKETS)
        if sockets is None or not self._is_idle or self.parser.get_method() != b"GET":
            return False
        if self.parser.get_http_version() != "1.1":
            return False
        names = {name for name, _ in self.headers}
        has_body = b"content-length" in names or b"transfer-encoding" in names
        wanted = [value.strip().lower() for name, value in self.headers if name == b"upgrade"]
        return wanted == [b"websocket"] and not has_body and sockets.serves(self.url.partition(b"?")[0])

    def _become_socket(self, rest: bytes) -> None:
        """Hands the connection over with *rest*, which has come already; this object is no longer part of it."""
        self._checking.cancel()
        self._unset_keepalive_if_required()
        UNREAD.discard(self)
        self._unparsed = 0
        head = b"\r\n".join([b"GET %b HTTP/1.1" % self.url, *(b": ".join(each) for each in self.headers), b"", b""])
        scope = {"scheme": self.scope["scheme"], "client": self.client, "headers": self.headers}
        self.connections.discard(self)
        socket = self.app_state[SOCKETS].open(self._joined, scope, head, UNREAD, self.connections.discard)
        self.connections.add(socket)
        self._joined.set_protocol(socket)
        del self.parser  # or the two would hold each other
        if rest:
            socket.data_received(rest)

    def _feed_without_upgrade(self, rest: bytes) -> None:
        """The same request once more, as one that asks for no other protocol; otherwise its body would be lost."""
        self._is_upgrade = False
        lines = [name + b": " + value for name, value in self.headers if name != b"upgrade"]
        head = b"\r\n".join([self.scope["method"].encode() + b" " + self.url + b" HTTP/1.1", *lines, b"", b""])
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._feed(head + rest)

    # Callbacks of the parser

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._head_since is None:
            self._head_since = self._moved_at

    def on_headers_complete(self) -> None:
        if self.parser.get_http_version() not in _VERSIONS:
            self._stop(UnknownHttpVersion)
        if len(self.headers) > MAX_HEADERS or (
            max(self._fed, self._unparsed) > MAX_HEAD_BYTES and self._head_size() > MAX_HEAD_BYTES
        ):
            self._stop(self._too_large())
        if len(self.pipeline) >= MAX_PIPELINED:
            self._stop(MalformedRequest)
        if self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT":
            self._is_upgrade = True
            self.scope["method"] = self.parser.get_method().decode("ascii")
            return
        self._begin_cycle()
        self.headers = []  # for the trailers, which nobody reads
        self._unparsed = 0
        self._head_since = None
        self._is_in_body = True
        self._body_since = self._moved_at

    def _begin_cycle(self) -> None:
        """As uvicorn does, with a cycle of ours, and the path as it was sent."""
        target, version = httptools.parse_url(self.url), self.parser.get_http_version()
        self._note(
            method=self.parser.get_method().decode("ascii"),
            http_version=version,
            path=target.path.decode("ascii"),
            raw_path=target.path,
            query_string=target.query or b"",
        )
        is_free = self._is_idle
        self.cycle = cycle_of(self, keep_alive=version != "1.0" and self.parser.should_keep_alive())
        if is_free:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def on_body(self, body: bytes) -> None:
        self._unparsed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._is_upgrade:
            self._unparsed = 0
            self._is_in_body = False
            super().on_message_complete()

    def on_response_complete(self) -> None:
        if self._head_since is not None:
            self._head_since = self.loop.time()
        super().on_response_complete()

    def _stop(self, refusal: type[ApiError]) -> NoReturn:
        """Ends the parsing from within a callback."""
        self._because = refusal
        raise _Refused

    def _head_size(self) -> int:
        colon_and_line_end = 4
        return len(self.url) + sum(len(name) + len(value) + colon_and_line_end for name, value in self.headers)

    def _too_large(self) -> type[ApiError]:
        url = getattr(self, "url", b"")  # absent as long as only line ends have come
        return TargetTooLong if len(url) > MAX_HEAD_BYTES // 2 else HeadTooLarge

    @property
    def _is_idle(self) -> bool:
        """Whether nothing is being answered."""
        cycle = cast(Cycle | None, self.cycle)
        return cycle is None or cycle.response_complete

    def _note(self, **values: object) -> None:
        """Puts *values* into the scope of the request."""
        cast(dict[str, object], self.scope).update(values)

    # Refusing

    def _refuse(self, refusal: type[ApiError]) -> None:
        """Answers *refusal* after what is being answered, and closes; what else comes is not looked at."""
        self._refusal, self._head_since = refusal, None
        is_free = self._is_idle
        if self._is_in_body:
            self._is_in_body, is_free = False, True
            if self.cycle.response_started:
                self.transport.close()
                return
            self._note(**{CUT_OFF: True})
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self._joined.lingers = True
        self._answer_refusal(is_free=is_free)
        self.flow.resume_reading()

    def _answer_refusal(self, *, is_free: bool) -> None:
        super().on_message_begin()
        self._note(method="", path="/", raw_path=b"/", query_string=b"", **{REFUSAL: self._refusal})
        self.cycle = cycle_of(self, keep_alive=False)
        self.cycle.more_body = False
        self.cycle.message_event.set()
        if is_free:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.pipeline.appendleft((self.cycle, self.app))

    # Clients that read slowly

    def pause_writing(self) -> None:
        super().pause_writing()
        UNREAD.add(self)

    def resume_writing(self) -> None:
        super().resume_writing()
        UNREAD.discard(self)

    def unread(self) -> int:
        """Bytes of answers that the client has not read."""
        return self.transport.get_write_buffer_size()

    def read_last(self) -> float:
        """When the client read something, or had nothing to read."""
        waiting = self.unread()
        sent = self._joined.total - waiting
        if not waiting or sent != self._sent:
            self._sent, self._sent_at = sent, self.loop.time()
        return self._sent_at

    def cut_off(self) -> None:
        """Ends the connection, whatever the client has not read."""
        self.transport.abort()

    # Time

    def _check(self) -> None:
        """Looks from time to time whether the client keeps to its time, so that a request needs no timer."""
        now = self.loop.time()
        if self._is_late_with_head(now):
            self.transport.close()
        elif self._is_late_with_body(now) or self._is_late_with_reading(now):
            self.transport.abort()
        interval = CHECK_INTERVAL_SECONDS if self._ends_at is None else ENDING_CHECK_INTERVAL_SECONDS
        self._checking = self.loop.call_later(interval, self._check)

    def _is_late_with_head(self, now: float) -> bool:
        return self._head_since is not None and self._is_idle and now > self._head_since + HEAD_TIMEOUT_SECONDS

    def _is_late_with_body(self, now: float) -> bool:
        if not self._is_in_body:
            return False
        if self.flow.read_paused:  # it is we who do not read
            self._moved_at = now
        return (
            now > self._moved_at + BODY_TIMEOUT_SECONDS
            or now > self._body_since + WHOLE_BODY_TIMEOUT_SECONDS
            or self._is_past_end(now)
        )

    def _is_late_with_reading(self, now: float) -> bool:
        waiting = self.unread()
        if now > self.read_last() + READ_TIMEOUT_SECONDS:
            return True
        return waiting > 0 and self._is_idle and self._is_past_end(now)

    def _is_past_end(self, now: float) -> bool:
        return self._ends_at is not None and now > self._ends_at


def _refusal_of(error: httptools.HttpParserError) -> type[ApiError]:
    return UnknownHttpVersion if str(error).startswith(_VERSION_REASONS) else MalformedRequest
