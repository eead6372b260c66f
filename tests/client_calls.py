"""An end user who calls what client SDKs call, behind the socket: the same operations, actors and documents."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from parlour.contract.invoke import Document, Endpoint
from parlour.contract.reply import Reply
from parlour.contract.rest import CLIENT, PUBLISHED, Route, routes
from parlour.core.actor import Actor, Source
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, new_sid
from parlour.resources.catalogue import CLIENT_RESOURCES
from parlour.resources.users import actions as users
from tests.account_client import AccountClient

ROUTES = [route for resource in CLIENT_RESOURCES for route in routes(resource)]
NOT_A_MEMBER = (403, 50430)
NOT_PERMITTED = (403, 50107)


def in_seconds(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Those members of *row*, with dates as they are over REST: SDKs get the milliseconds, too, as in Sync objects."""
    shown = {name: row[name] for name in names}
    for name in shown.keys() & {"date_created", "date_updated"}:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", row[name])
        shown[name] = f"{row[name][:19]}Z"
    return shown


def escaped(segment: str) -> str:
    return quote(segment, safe="", errors="surrogatepass")


def route_of(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    """The operation at *path* and what its references are there."""
    parts = path.split("/")
    for route in ROUTES:
        template = route.path.split("/")
        if route.method == method and len(template) == len(parts):
            pairs = list(zip(template, parts, strict=True))
            if all(each.startswith("{") or each == part for each, part in pairs):
                return route, tuple(
                    unquote(part, errors="surrogatepass") for each, part in pairs if each.startswith("{")
                )
    raise LookupError(f"{method} {path}")


def _values(value: object) -> list[str]:
    return [str(each) for each in (value if isinstance(value, list) else [value])]


@dataclass(frozen=True)
class Answered:
    """What an SDK reads of a reply."""

    reply: Reply

    @property
    def status(self) -> int:
        return self.reply.status

    @property
    def json(self) -> Any:
        return json.loads(self.reply.body)

    @property
    def row(self) -> dict[str, Any]:
        """The JSON of an answer that succeeded."""
        assert self.status in (200, 201), self.reply
        row: dict[str, Any] = self.json
        return row

    @property
    def refusal(self) -> tuple[int, int]:
        """Status and code of an answer that refused, in the published shape."""
        error = self.json
        assert set(error) == {"code", "message", "more_info", "status"}
        assert error["status"] == self.status >= 400
        return self.status, error["code"]


@dataclass(frozen=True)
class Caller:
    """A user of the account's service, with what their role permits at each call."""

    api: AccountClient
    sid: str
    identity: str

    async def actor(self) -> Actor:
        scope = Scope(self.api.account, self.api.service)
        user = await users.at_present(self.api.parlour.inside, scope, self.sid)
        return Actor(source=Source.SDK, principal=user, asks_webhooks=True, request=new_sid(Prefix.REQUEST))

    async def call(self, method: str, path: str, sent: Mapping[str, Any] | Document) -> Answered:
        """*path* is below ``/Client/v2``, unless it begins with ``/v1``."""
        route, references = route_of(method, path if path.startswith(f"{PUBLISHED}/") else CLIENT + path)
        given = sent if isinstance(sent, Document) else {name: _values(value) for name, value in sent.items()}
        endpoint = Endpoint(route, self.api.parlour.backend)
        return Answered(await endpoint.invoke(await self.actor(), references, given, self.api.url))

    async def get(self, path: str, **query: object) -> Answered:
        return await self.call("GET", path, query)

    async def post(self, path: str, **document: Any) -> Answered:
        return await self.call("POST", path, Document(document))

    async def delete(self, path: str) -> Answered:
        return await self.call("DELETE", path, Document({}))

    async def made(self, path: str, **document: Any) -> dict[str, Any]:
        """The row of what was made."""
        answer = await self.post(path, **document)
        assert answer.status == 201, answer.reply
        return answer.row


async def caller(api: AccountClient, identity: str, *, role: str | None = None) -> Caller:
    """A new user."""
    made = await api.made("/Users", Identity=identity, **({"RoleSid": role} if role else {}))
    return Caller(api, made["sid"], identity)
