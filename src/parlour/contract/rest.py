"""How a resource declares itself to REST: where it is mounted, what its operations take, how its rows look.

Routes, parameters, answers, links, the OpenAPI document and the reference are all made from these declarations.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from enum import Enum, StrEnum
from typing import Annotated, Any

import msgspec

from parlour.contract.form import Form, Parameter
from parlour.core.rights import ACCOUNTS_ONLY, Rights
from parlour.core.scope import Scope

PUBLISHED = "/v1"
OWN = "/parlour/v1"
CLIENT = "/Client/v2"
"""Where client SDKs find what they call; it is reached by way of their sockets only."""


class Mount(Enum):
    """In which forms the paths of a resource exist."""

    BOTH = "both"
    """``/v1/X`` for the default service and ``/v1/Services/{ChatServiceSid}/X``."""
    ACCOUNT = "account"
    """``/v1/X`` only."""
    SERVICE = "service"
    """``/v1/Services/{ChatServiceSid}/X`` only."""
    CALLER = "caller"
    """``/X`` only, in the service of the end user who calls; nobody else may."""


class Verb(StrEnum):
    """What an operation does to its resource."""

    CREATE = "Create"
    LIST = "List"
    FETCH = "Fetch"
    UPDATE = "Update"
    DELETE = "Delete"


class Place(msgspec.Struct, frozen=True):
    """Where an answer is rendered: the scope, and the start of every URL in it."""

    scope: Scope
    base: str
    """``{BASE}`` and the prefix of the resource: ``{BASE}/v1``."""
    root: str
    """The same, with ``/Services/{IS}`` when the caller named the service."""
    service: str
    """The scope's service; empty for what stands above services."""
    named_service: str | msgspec.UnsetType
    """The same where the caller named it, for the answers that have ``chat_service_sid`` in that form only."""

    @classmethod
    def of(cls, scope: Scope, base: str) -> "Place":
        service = scope.service or ""
        if scope.explicit:
            return cls(scope, base, f"{base}/Services/{service}", service, service)
        return cls(scope, base, base, service, msgspec.UNSET)


ShownDate = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
"""A moment as the text in which it is shown, where the database has written it."""


def shown_date(moment: datetime) -> str:
    """*moment*, which is in UTC, as PostgreSQL writes it for ``ShownDate``."""
    return f"{moment.isoformat()[:19]}Z"


def whole(moment: datetime) -> datetime:
    """*moment* as dates are shown: without the fraction of the second, so that it ends in ``:00Z``."""
    return moment.replace(microsecond=0)


class Operation(msgspec.Struct, frozen=True):
    """One verb of a resource: the action that does it and the form that feeds it.

    The action is called with a Work, the path's references in order, what the form became (where there is one) and,
    for a list, a PageRequest.
    """

    verb: Verb
    action: Callable[..., Awaitable[Any]]
    form: Form[Any] | None = None
    hooks: bool = False
    """Whether ``X-Twilio-Webhook-Enabled`` is read."""
    is_pending: Callable[[Any], bool] | None = None
    """Where what is created may still be in the making when the answer goes out: whether it is, which makes it 202."""
    rights: Rights = ACCOUNTS_ONLY
    """What the action asks of an end user: those that it gives `permit`."""


class PageSize(msgspec.Struct, frozen=True):
    """How many rows a page of a list has."""

    default: int = 50
    maximum: int = 50


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """A resource as REST shows it."""

    name: str
    """As in the operation's id: ``ConversationMessage`` gives ``CreateConversationMessage``."""
    segment: str
    """The last segment of the list's path: ``Roles``."""
    mount: Mount
    view: Callable[[Any, Place], msgspec.Struct]
    row: type[msgspec.Struct]
    """The Struct that *view* returns: the published fields, in order."""
    views: Callable[[Sequence[Any], Place], list[Any]] | None = None
    """The same for all rows of a page at once, where a page is asked for often."""
    operations: tuple[Operation, ...]
    parent: "Resource | None" = None
    reference: str = "Sid"
    """The name of the path parameter that picks one row."""
    above: str = ""
    """The name of the path parameter that picks the parent's row."""
    key: str = ""
    """Under which name a page holds its rows."""
    page: PageSize = PageSize()
    singleton: bool = False
    """Whether there is exactly one, so that its path has no reference."""
    prefix: str = PUBLISHED
    """Where its paths begin: PUBLISHED, OWN for what the published API does not have, or CLIENT."""
    of_caller: bool = False
    """Whether its rows are those of the end user who calls, whose SID stands before the references of the path."""

    @property
    def list_path(self) -> str:
        """Below ``/v1`` or the service: ``/Conversations/{ConversationSid}/Messages``."""
        if self.parent is None:
            return f"/{self.segment}"
        return f"{self.parent.list_path}/{{{self.above}}}/{self.segment}"

    @property
    def item_path(self) -> str:
        return self.list_path if self.singleton else f"{self.list_path}/{{{self.reference}}}"

    def path(self, operation: Operation) -> str:
        return self.list_path if operation.verb in (Verb.CREATE, Verb.LIST) else self.item_path

    def operation(self, verb: Verb) -> Operation | None:
        return next((each for each in self.operations if each.verb is verb), None)


class Route(msgspec.Struct, frozen=True):
    """One operation in one of its path forms, as the original numbers them."""

    id: str
    method: str
    path: str
    explicit: bool
    resource: Resource
    operation: Operation

    @property
    def parameters(self) -> list[Parameter]:
        return list(self.operation.form.parameters()) if self.operation.form else []


_METHODS = {
    Verb.CREATE: "POST",
    Verb.LIST: "GET",
    Verb.FETCH: "GET",
    Verb.UPDATE: "POST",
    Verb.DELETE: "DELETE",
}


def routes(resource: Resource) -> Iterator[Route]:
    """Every operation of *resource* at every path where it is mounted."""
    for operation in resource.operations:
        verb, path = operation.verb, resource.path(operation)
        method = _METHODS[verb]
        if resource.mount is not Mount.SERVICE:
            yield Route(f"{verb}{resource.name}", method, f"{resource.prefix}{path}", False, resource, operation)
        if resource.mount in (Mount.BOTH, Mount.SERVICE):
            yield Route(
                f"{verb}Service{resource.name}",
                method,
                f"{resource.prefix}/Services/{{ChatServiceSid}}{path}",
                True,
                resource,
                operation,
            )


def create(
    draft: type[msgspec.Struct],
    action: Callable[..., Awaitable[Any]],
    *,
    hooks: bool = False,
    is_pending: Callable[[Any], bool] | None = None,
    rights: Rights = ACCOUNTS_ONLY,
) -> Operation:
    """POST on the list's path."""
    return Operation(Verb.CREATE, action, Form(draft), hooks, is_pending, rights)


def listing(
    action: Callable[..., Awaitable[Any]],
    query: type[msgspec.Struct] | None = None,
    *,
    rights: Rights = ACCOUNTS_ONLY,
) -> Operation:
    """GET on the list's path; *query* declares its filters, if it has any."""
    return Operation(Verb.LIST, action, Form(query) if query is not None else None, rights=rights)


def fetch(
    action: Callable[..., Awaitable[Any]],
    query: type[msgspec.Struct] | None = None,
    *,
    rights: Rights = ACCOUNTS_ONLY,
) -> Operation:
    """GET on the row's path; *query* declares what is asked about, where the path does not say it all."""
    return Operation(Verb.FETCH, action, Form(query) if query is not None else None, rights=rights)


def update(
    edit: type[msgspec.Struct],
    action: Callable[..., Awaitable[Any]],
    *,
    hooks: bool = False,
    rights: Rights = ACCOUNTS_ONLY,
) -> Operation:
    """POST on the row's path."""
    return Operation(Verb.UPDATE, action, Form(edit), hooks, rights=rights)


def delete(action: Callable[..., Awaitable[Any]], *, hooks: bool = False, rights: Rights = ACCOUNTS_ONLY) -> Operation:
    """DELETE on the row's path."""
    return Operation(Verb.DELETE, action, hooks=hooks, rights=rights)
