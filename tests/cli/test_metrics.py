"""``/metrics`` of several workers: whichever of them answers tells what all have done."""

import urllib.request
from pathlib import Path

import pytest

from tests.cli.running import PATIENCE, Serve, Serving, wait_until
from tests.metrics import Samples, parsed, total

REQUESTS = "parlour_requests_total"


def scraped(serving: Serving) -> Samples:
    with urllib.request.urlopen(f"{serving.url}/metrics", timeout=PATIENCE) as response:
        return parsed(response.read().decode())


def listed(serving: Serving, times: int) -> None:
    """A list is fetched so often, each time on a connection of its own, which any worker may take."""
    for _ in range(times):
        assert serving.status("/v1/Users", serving.account, serving.token) == 200


def test_every_worker_tells_what_all_of_them_have_counted(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    serving = serve("--workers", "3")
    wait_until(lambda: total(scraped(serving), "parlour_database_connections_most") == 30)
    listed(serving, 40)
    assert {total(scraped(serving), REQUESTS, operation="ListUser", status="200") for _ in range(20)} == {40}
    assert {name for name in "012" if total(scraped(serving), "process_resident_memory_bytes", worker=name)} == {*"012"}
    before = serving.workers
    before[0].kill()
    wait_until(lambda: len(set(serving.workers) - set(before)) == 1)
    wait_until(lambda: total(scraped(serving), "parlour_database_connections_most") == 30)
    listed(serving, 2)
    assert {total(scraped(serving), REQUESTS, operation="ListUser", status="200") for _ in range(20)} == {42}
    serving.process.terminate()
    assert serving.process.wait() == 0
    assert not list(tmp_path.iterdir())
