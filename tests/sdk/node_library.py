"""The official Node library in the words of the Python one, so that both can tell the same stories.

``client.v1.users(sid).update(friendly_name="Dana")`` becomes ``client.v1.users(sid).update({friendlyName: "Dana"})``,
which node/drive.js does with the unmodified library.
"""

import re
from datetime import datetime
from typing import Any
from urllib.parse import quote

from tests.account_client import AccountClient
from tests.conformance.published import PUBLISHED
from tests.sdk.library import Library, Refused
from tests.sdk.node_process import Node

ACTS = {"create", "fetch", "update", "remove", "list", "each", "page", "getPage", "nextPage", "previousPage"}
"""The methods that ask the server; all others only lead on."""


def _snake(wire: str) -> str:
    """``MessagingBinding.ProxyAddress``: ``messaging_binding_proxy_address``, as the Python library calls it."""
    return "_".join(re.sub("(?<!^)(?=[A-Z])", "_", part).lower() for part in wire.split("."))


def _dotted(wire: str) -> str:
    """``MessagingBinding.ProxyAddress``: ``messagingBinding.proxyAddress``, as the Node library calls it."""
    return ".".join(part[0].lower() + part[1:] for part in wire.split("."))


DOTTED = {_snake(wire): _dotted(wire) for each in PUBLISHED.values() for wire in each.form if "." in wire}


def _camel(name: str) -> str:
    return re.sub("_(.)", lambda match: match[1].upper(), name)


class Way:
    """A way through the library's objects that leads on, or to a question: ``v1.services("IS…").roles``."""

    def __init__(self, node: Node, start: int, steps: tuple[dict[str, Any], ...]) -> None:
        self._node, self._start, self._steps = node, start, steps

    def __getattr__(self, name: str) -> "Way":
        if name.startswith("_"):
            raise AttributeError(name)
        name = "remove" if name == "delete" else _camel(name)
        return Way(self._node, self._start, (*self._steps, {"name": name, "given": None}))

    def __call__(self, *given: str, **options: Any) -> Any:
        if self._steps[-1]["name"] not in ACTS:
            # The library writes references into the path as they are; whoever calls it escapes them.
            return self._calling([quote(reference, safe="") for reference in given])
        named = [{DOTTED.get(name, _camel(name)): value for name, value in options.items()}] if options else []
        return _answered(self._node, {"from": self._start, "steps": self._calling([*given, *named])._steps})

    def _calling(self, given: list[Any]) -> "Way":
        return Way(self._node, self._start, (*self._steps[:-1], {**self._steps[-1], "given": given}))


class Row:
    """What the library made of an answer: a row or a page. Its fields, and the ways that begin at it."""

    def __init__(self, node: Node, kept: int, fields: dict[str, Any]) -> None:
        self._node, self._kept, self._fields = node, kept, fields

    def __getattr__(self, name: str) -> Any:
        if _camel(name) in self._fields:
            return self._fields[_camel(name)]
        return getattr(Way(self._node, self._kept, ()), name)


def node_library(node: Node, api: AccountClient, username: str | None = None, password: str | None = None) -> Library:
    """The library with the credentials of the account, or others of the same account."""
    credentials = {"username": username or api.account, "password": password or api.token}
    v1 = _answered(node, {"open": {"url": api.url, "account": api.account, **credentials}})
    return Library(v1, api)


def _answered(node: Node, question: dict[str, Any]) -> Any:
    """What the library gave; raises Refused where it threw a RestException."""
    answer = node.ask(question)
    assert "broken" not in answer, answer["broken"]
    if "refusal" in answer:
        raise Refused(**answer["refusal"])
    return _read(node, answer["result"])


def _read(node: Node, value: Any) -> Any:
    if isinstance(value, list):
        return [_read(node, each) for each in value]
    if not isinstance(value, dict):
        return value
    if "$date" in value:
        return datetime.fromisoformat(value["$date"])
    if "$kept" in value:
        return Row(node, value["$kept"], _read(node, value["fields"]))
    return {name: _read(node, each) for name, each in value.items()}
