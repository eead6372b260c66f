"""The bare application: an ASGI application that always answers the same bytes, run exactly as parlour is.

What is left of a server when there is nothing to decide; ``python -m benchmarks.bare`` serves it.
"""

import json
import os
import socket
from typing import Any
from unittest.mock import patch

from parlour.serving import processes
from parlour.settings import Settings


class Bare:
    """Answers what BARE_HEADERS and BARE_BODY hold, whatever it is asked."""

    def __init__(self, settings: Settings) -> None:
        self._body = os.environ["BARE_BODY"].encode()
        headers: list[list[str]] = json.loads(os.environ["BARE_HEADERS"])
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers]

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body})


def main() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        announced = json.dumps({"base_url": url})
        # In the place of parlour's own, so that it is served with whatever settings parlour is served with.
        with patch.object(processes, "Application", Bare):
            processes.run(Settings(), listener, lambda: print(announced, flush=True))


if __name__ == "__main__":
    main()
