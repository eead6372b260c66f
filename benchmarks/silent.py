"""The silent parlour: one that does nothing in the background, neither for webhooks nor anything else.

``python -m benchmarks.silent`` serves it; the database has been migrated by another.
"""

import json
import socket
from contextlib import nullcontext
from unittest.mock import patch

from parlour import app
from parlour.serving import processes
from parlour.settings import load


def main() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        announced = json.dumps({"base_url": url})
        with patch.object(app, "background", lambda *parts: nullcontext()):
            processes.run(load({}), listener, lambda: print(announced, flush=True))


if __name__ == "__main__":
    main()
