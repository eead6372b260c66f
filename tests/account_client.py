"""AccountClient: an account of a test's own in the running parlour, and how a test speaks to it over HTTP."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from io import BytesIO
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
from multidict import CIMultiDictProxy
from yarl import URL

from parlour.resources.services.actions import open_account
from tests.server import Parlour

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class PathForm(Enum):
    """In which of its two forms a test writes the paths of what lies in a service."""

    SHORT = "short"
    """``/v1/Users``."""
    SERVICE = "service"
    """``/v1/Services/{IS}/Users``, of the same service."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes
    asked: tuple[str, str] = ("", "")
    """Method and path of the request."""

    @property
    def json(self) -> Any:
        assert self.headers["Content-Type"] == "application/json; charset=utf-8"
        return json.loads(self.body)

    @property
    def row(self) -> dict[str, Any]:
        """The resource, of an answer that succeeded."""
        assert self.status in (200, 201, 202), self.body
        row: dict[str, Any] = self.json
        return row

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The resources of a page."""
        assert self.status == 200, self.body
        page = self.json
        assert set(page) == {page["meta"]["key"], "meta"}
        rows: list[dict[str, Any]] = page[page["meta"]["key"]]
        return rows

    @property
    def meta(self) -> dict[str, Any]:
        meta: dict[str, Any] = self.json["meta"]
        return meta

    @property
    def refusal(self) -> tuple[int, int]:
        """Status and code of an answer that refused, in the one shape that a refusal has."""
        error = self.json
        assert set(error) == {"code", "message", "more_info", "status"}
        assert type(error["code"]) is int
        assert type(error["message"]) is str
        assert error["message"]
        assert error["more_info"] == f"https://www.twilio.com/docs/errors/{error['code']}"
        assert error["status"] == self.status >= 400
        return self.status, error["code"]

    @property
    def message(self) -> str:
        """The text of a refusal."""
        message: str = self.json["message"]
        return message


NOT_FOUND = (404, 20404)


@dataclass(frozen=True)
class AccountClient:
    """One account, its default service, and the form in which its paths are written.

    A path that begins with ``/v1`` is taken as it is; any other is put below ``/v1`` or, in the service form, below
    ``/v1/Services/{IS}``.
    """

    parlour: Parlour
    account: str
    token: str
    service: str
    form: PathForm = PathForm.SHORT

    @property
    def url(self) -> str:
        return self.parlour.url

    @property
    def root(self) -> str:
        """The start of the URLs in the answers: ``{BASE}/v1`` or ``{BASE}/v1/Services/{IS}``."""
        return f"{self.url}/v1{self.prefix}"

    @property
    def prefix(self) -> str:
        """What comes between ``/v1`` and the path."""
        return f"/Services/{self.service}" if self.form is PathForm.SERVICE else ""

    @property
    def credentials(self) -> str:
        """The value of the Authorization header."""
        return basic(self.account, self.token)

    def at(self, path: str) -> str:
        """The whole address of *path*."""
        if path.startswith("http"):
            return path
        return self.url + path if path.startswith(("/v1", "/parlour/")) else self.root + path

    def in_service(self, sid: str) -> "AccountClient":
        """The same account, with paths below its service *sid*."""
        return replace(self, service=sid, form=PathForm.SERVICE)

    async def post(self, path: str, **form: object) -> Answer:
        """A form sent to *path*; a list sends its name repeatedly."""
        return await self.send("POST", path, encoded(form).encode(), FORM)

    async def get(self, path: str, **query: object) -> Answer:
        return await self.send("GET", f"{path}?{encoded(query)}" if query else path)

    async def delete(self, path: str) -> Answer:
        return await self.send("DELETE", path)

    async def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Any request; the path is sent exactly as it is written."""
        url = URL(self.at(path), encoded=True)
        everything = {"Authorization": self.credentials, **(headers or {})}
        async with self.parlour.client.request(
            method, url, data=BytesIO(body) if body else body, headers=everything, allow_redirects=False
        ) as response:
            return Answer(response.status, response.headers, await response.read(), (method, url.raw_path))

    async def made(self, path: str, **form: object) -> dict[str, Any]:
        """What was created at *path*, of which a test makes use."""
        answer = await self.post(path, **form)
        assert answer.status == 201, answer.body
        return answer.row

    async def pages(self, path: str, **query: object) -> AsyncIterator[Answer]:
        """Every page of a list from the first on, by following ``next_page_url``."""
        following: str | None = f"{path}?{encoded(query)}" if query else path
        before: set[str] = set()
        while following is not None:
            assert following not in before, "it goes in circles"
            before.add(following)
            page = await self.get(following)
            yield page
            following = page.meta["next_page_url"]

    async def listed(self, path: str, **query: object) -> list[dict[str, Any]]:
        """All rows of a list, through all of its pages."""
        return [row async for page in self.pages(path, **query) for row in page.rows]

    @contextmanager
    def statements(self, *, lease_seconds: float = 0, with_proofs: bool = False) -> Iterator[list[str]]:
        """See Parlour.statements."""
        with self.parlour.statements(lease_seconds=lease_seconds, with_proofs=with_proofs) as sent:
            yield sent


async def new_account(parlour: Parlour, form: PathForm = PathForm.SHORT) -> AccountClient:
    """A fresh account: a world of its own."""
    account, token = await open_account(parlour.inside, "a test")
    assert account.default_service_sid is not None
    return AccountClient(parlour, account.sid, token, account.default_service_sid, form)


def basic(username: str, password: str) -> str:
    """The Authorization header of HTTP Basic."""
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode()


def encoded(values: Mapping[str, object]) -> str:
    """*values* as a form or query string."""
    return urlencode(
        [
            (name, _text(value))
            for name, given in values.items()
            for value in (given if isinstance(given, list | tuple) else [given])
        ]
    )


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return msgspec.json.encode(value).decode()
    assert isinstance(value, str | int), value
    return str(value)


def path_of(url: str) -> str:
    """What follows the host in *url*."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
