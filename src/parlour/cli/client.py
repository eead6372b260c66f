"""Asking a parlour that runs, and its answers. Which one is asked: ``cli/find_server.py``."""

import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from typing import TypeVar
from urllib.error import URLError
from urllib.parse import urlencode, urlsplit

import msgspec

from parlour import __version__
from parlour.contract.rest import OWN
from parlour.core.visible import visible
from parlour.serving.errors import CannotDo
from parlour.serving.running_servers import RunningServer, is_running

AGENT = f"parlour/{__version__}"
TIMEOUT_SECONDS = 30.0
"""Seconds without a word after which a server counts as gone."""

T = TypeVar("T")


class Refused(CannotDo):
    """The server refused what was asked."""

    def __init__(self, message: str, status: int, code: int = 0) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class _Refusal(msgspec.Struct):
    message: str = ""
    code: int = 0


class ServerClient(msgspec.Struct, frozen=True):
    """A parlour that runs, with credentials for it."""

    url: str
    account_sid: str
    auth_token: str
    known: RunningServer | None = None
    """The server that the token was looked up for: no other gets it, should there be one at its address by now."""

    def ask(self, path: str, shape: type[T], *, method: str = "GET", **parameters: str | None) -> T:
        """The answer of parlour's own *path*; raises CannotDo, Refused. Parameters: a query with GET, else a form."""
        given = urlencode({name: value for name, value in parameters.items() if value is not None})
        form = given.encode() if method != "GET" else None
        with self.open(
            f"{OWN}{path}?{given}" if given and form is None else f"{OWN}{path}", "application/json", method, form
        ) as answer:
            try:
                return msgspec.json.decode(answer.read(), type=shape)
            except msgspec.MsgspecError:
                raise CannotDo(f"{self.url} answers, but is not a parlour of this version.") from None

    @contextmanager
    def open(self, path: str, accept: str, method: str = "GET", form: bytes | None = None) -> Iterator[HTTPResponse]:
        """The answer while it comes; raises CannotDo, also when it breaks off, and Refused."""
        with self.answer(path, accept, method, form) as answer:
            if not 200 <= answer.status < 300:
                refusal = _refusal(answer)
                reason = _REASONS.get(answer.status, refusal.message)
                raise Refused(f"{self.url} answers {answer.status}. {reason}".rstrip(), answer.status, refusal.code)
            yield answer

    @contextmanager
    def answer(self, path: str, accept: str, method: str = "GET", form: bytes | None = None) -> Iterator[HTTPResponse]:
        """The same, whatever its status is; raises CannotDo."""
        if self.known is not None and not is_running(self.known):
            raise CannotDo(f"{self.url} does not answer: it has stopped")
        credentials = b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()
        request = urllib.request.Request(  # noqa: S310 - see is_address()
            f"{self.url}{path}",
            form,
            headers={"Authorization": f"Basic {credentials}", "Accept": accept, "User-Agent": AGENT},
            method=method,
        )
        try:
            with self._opener().open(request, timeout=TIMEOUT_SECONDS) as answer:
                yield answer
        except (URLError, OSError, HTTPException) as error:
            raise CannotDo(f"{self.url} does not answer: {getattr(error, 'reason', error)}") from None

    def _opener(self) -> urllib.request.OpenerDirector:
        """What sends the credentials to the server and to nobody else: it follows no redirects, and what stays on
        this machine goes past the proxy of the environment."""
        is_here = urlsplit(self.url).hostname in ("127.0.0.1", "::1", "localhost")
        proxy = urllib.request.ProxyHandler({} if is_here else None)
        return urllib.request.build_opener(_EveryAnswer, proxy)


class _EveryAnswer(urllib.request.HTTPErrorProcessor):
    """Takes an answer with any status for one, a redirect, too."""

    def http_response(self, request: urllib.request.Request, response: HTTPResponse) -> HTTPResponse:
        return response

    https_response = http_response


_REASONS = {401: "Account SID or auth token are wrong.", 404: ""}
"""What is said instead of what the server says."""


def _refusal(answer: HTTPResponse) -> _Refusal:
    try:
        found = msgspec.json.decode(answer.read(), type=_Refusal)
    except msgspec.MsgspecError:
        return _Refusal()
    return _Refusal(visible(found.message), found.code)
