"""What the tests prove of each operation, noted while they run; tests/evidence_plugin.py compares it at the end."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl

_AGENTS = {b"twilio-python/": "python", b"twilio-node/": "node"}
_BESIDE = b"twilio-node/3."
"""An older release that is driven besides, of which the page of compatibility says nothing."""

Column = dict[str, list[str]]
"""For each operation the parameters, or the fields, that were seen."""
Asgi = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class Evidence:
    """What was seen in this process, by column and operation."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.versions: dict[str, str] = {}

    def saw(self, column: str, operation: str, names: Sequence[str] = ()) -> None:
        """*operation* was proved to do what *column* means, with these parameters or fields."""
        self._seen[column][operation].update(names)

    def column(self, name: str) -> Column:
        """Everything that was seen for a column, in a stable order."""
        return {operation: sorted(names) for operation, names in sorted(self._seen[name].items())}

    def add(self, columns: dict[str, Column], versions: dict[str, str]) -> None:
        """What another process has seen."""
        for name, column in columns.items():
            for operation, names in column.items():
                self.saw(name, operation, names)
        self.versions |= versions


EVIDENCE = Evidence()


class Witness:
    """The application, and a note of what the official libraries got from it."""

    def __init__(self, application: Asgi) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        agent = dict(scope.get("headers", ())).get(b"user-agent", b"")
        library = next((name for start, name in _AGENTS.items() if agent.startswith(start)), None)
        if scope["type"] != "http" or library is None or agent.startswith(_BESIDE):
            await self._application(scope, receive, send)
            return
        EVIDENCE.versions[library] = agent.split()[0].partition(b"/")[2].decode()
        body = bytearray()

        async def listening() -> Any:
            event = await receive()
            body.extend(event.get("body", b""))
            return event

        async def telling(event: dict[str, Any]) -> None:
            if event["type"] == "http.response.start" and event["status"] < 300:
                _note(library, scope, bytes(body))
            await send(event)

        await self._application(scope, listening, telling)


def _note(library: str, scope: dict[str, Any], body: bytes) -> None:
    """Notes a published operation, with those of its published parameters that were sent."""
    from tests.conformance.published import PAGING, PUBLISHED, route_of

    route = route_of(scope["method"], scope["raw_path"].decode())
    published = PUBLISHED.get(route.id) if route is not None else None
    if published is not None:
        sent = {name for name, _ in parse_qsl((scope["query_string"] + b"&" + body).decode(), keep_blank_values=True)}
        EVIDENCE.saw(library, published.id, sorted(sent & (published.form.keys() | published.query.keys()) - PAGING))
