"""Asking a parlour that runs: where it is, whose credentials open it, and its answers."""

import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from typing import TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode

import msgspec

from parlour.cli.failure import CannotDo
from parlour.contract.rest import OWN
from parlour.settings import Settings

PATIENCE = 30.0
"""Seconds without a word after which a server counts as gone."""

T = TypeVar("T")


class Refused(CannotDo):
    """The server refused what was asked."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Access(msgspec.Struct, frozen=True):
    """Which server, and as whom, as far as the command line says it."""

    url: str | None = None
    account_sid: str | None = None
    auth_token: str | None = None


class _Refusal(msgspec.Struct):
    message: str


class Server(msgspec.Struct, frozen=True):
    """A parlour that runs, with credentials for it."""

    url: str
    account_sid: str
    auth_token: str

    def ask(self, path: str, shape: type[T], *, method: str = "GET", **parameters: str | None) -> T:
        """The answer of parlour's own *path*; raises CannotDo, Refused. Parameters: a query with GET, else a form."""
        given = urlencode({name: value for name, value in parameters.items() if value is not None})
        form = given.encode() if method != "GET" else None
        with self.open(
            f"{path}?{given}" if given and form is None else path, "application/json", method, form
        ) as answer:
            try:
                return msgspec.json.decode(answer.read(), type=shape)
            except msgspec.MsgspecError:
                raise CannotDo(f"{self.url} answers, but is no parlour of this version.") from None

    @contextmanager
    def open(self, path: str, accept: str, method: str = "GET", form: bytes | None = None) -> Iterator[HTTPResponse]:
        """The answer while it comes; raises CannotDo, also when it breaks off, and Refused."""
        credentials = b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()
        request = urllib.request.Request(  # noqa: S310 - see server_at()
            f"{self.url}{OWN}{path}",
            data=form,
            headers={"Authorization": f"Basic {credentials}", "Accept": accept},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
                yield answer
        except HTTPError as error:
            with error:
                raise Refused(f"{self.url} answers {error.code}.{_reason(error)}", error.code) from None
        except (URLError, OSError, HTTPException) as error:
            raise CannotDo(f"{self.url} does not answer: {getattr(error, 'reason', error)}") from None


def server_at(url: str, account_sid: str | None, auth_token: str | None) -> Server:
    """The server at *url*; raises CannotDo if that is no address, or if there are no credentials."""
    if account_sid is None or auth_token is None:
        raise CannotDo("Whose calls? Give --account-sid and --auth-token (or PARLOUR_AUTH_TOKEN).")
    if not url.startswith(("http://", "https://")):
        raise CannotDo(f"{url} is no address of a server, such as http://127.0.0.1:8010")
    return Server(url.rstrip("/"), account_sid, auth_token)


def server_of(settings: Settings, access: Access) -> Server:
    """The server that *access* names, or else the one of the settings; raises CannotDo.

    Without an auth token, the account's is taken from the database of the settings.
    """
    account_sid = access.account_sid or settings.account_sid
    token = access.auth_token or settings.auth_token
    if token is None and access.url is None:
        account_sid, token = _known_to_database(settings, account_sid)
    return server_at(access.url or f"http://{settings.host}:{settings.port}", account_sid, token)


def _known_to_database(settings: Settings, account_sid: str | None) -> tuple[str, str | None]:
    """The account, or else the first one, and its auth token. What this needs takes a second to import."""
    from parlour.cli.keys import owning
    from parlour.cli.output import note
    from parlour.cli.start import in_house
    from parlour.resources.accounts.actions import auth_token
    from parlour.runtime.work import House

    async def work(house: House) -> tuple[str, str | None]:
        sid = await owning(house, account_sid)
        return sid, await auth_token(house, sid)

    return in_house(settings, note, work)


def _reason(error: HTTPError) -> str:
    if error.code == 401:
        return " Account SID or auth token are wrong."
    if error.code == 404:
        return ""
    try:
        return f" {msgspec.json.decode(error.read(), type=_Refusal).message}"
    except msgspec.MsgspecError:
        return ""
