"""A server that has no file descriptor left: it says so, counts it, and goes on when there are some again."""

import resource
import socket
import urllib.request
from contextlib import ExitStack

import psutil

from tests.cli.running import PATIENCE, Serve, Serving

COUNTER = "parlour_descriptors_exhausted_total"


def exhausted(serving: Serving) -> float:
    with urllib.request.urlopen(f"{serving.url}/metrics", timeout=PATIENCE) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith(f"{COUNTER} "):
                return float(line.split()[1])
    return 0.0


def test_that_no_descriptor_is_left_is_logged_and_counted(serve: Serve) -> None:
    serving = serve()
    process = psutil.Process(serving.process.pid)
    assert serving.status("/readyz") == 200
    before = process.rlimit(resource.RLIMIT_NOFILE)
    process.rlimit(resource.RLIMIT_NOFILE, (process.num_fds() + 10, before[1]))
    with ExitStack() as stack:
        for _ in range(40):
            stack.enter_context(socket.create_connection(serving.address, timeout=PATIENCE))
        said = serving.until("No file descriptor is left")
    assert "Too many open files" in said[-1]
    process.rlimit(resource.RLIMIT_NOFILE, before)
    assert serving.status("/readyz") == 200
    assert exhausted(serving) >= 1
