"""What every test may ask for: a database, a running parlour, and an account of its own in it."""

import os
import secrets
import shutil
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.account_client import AccountClient, PathForm, new_account
from tests.database import bundled_server, make_careless, migrated_database, migrated_once
from tests.processes import handle_what_is_ignored
from tests.server import MovableClock, Parlour, serving

pytest.register_assert_rewrite("tests.sdk.client_stories")
pytest_plugins = ["pytester", "tests.no_skip", "tests.halves", "tests.evidence_plugin"]

FOLDER = pytest.StashKey[Path]()
"""Where the PostgreSQL of this run lives; the same for all workers of pytest-xdist."""

hypothesis.settings.register_profile(
    "parlour",
    deadline=None,
    derandomize=bool(os.environ.get("PARLOUR_TEST_NO_SKIP")),  # what proves a change must not depend on luck
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("parlour")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "both_forms: runs in the short and in the service form of the paths")
    given: dict[str, str] = getattr(config, "workerinput", {})
    config.stash[FOLDER] = Path(given.get("parlour_folder") or f"/tmp/parlour-test-{secrets.token_hex(6)}")
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
        # Hundreds of processes would each compile all of parlour; so it is kept where nothing stays.
        os.environ["PYTHONPYCACHEPREFIX"] = str(config.stash[FOLDER] / "bytecode")
    for size in ("COLUMNS", "LINES"):  # readline, which pytest loads, puts them into the environment of workers
        os.environ.pop(size, None)
    if threading.current_thread() is threading.main_thread():
        handle_what_is_ignored()
        # A run that is ended from outside (timeout, a CI) ends like one with Ctrl-C: its PostgreSQL stops with it.
        signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a worker of pytest-xdist which folder it shares with the others."""
    node.workerinput["parlour_folder"] = str(node.config.stash[FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(config.stash[FOLDER], ignore_errors=True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("both_forms") is not None:
        metafunc.parametrize("form", list(PathForm), ids=lambda form: form.value, scope="function")


@pytest.fixture(scope="session")
def own_server(pytestconfig: pytest.Config) -> Iterator[str | None]:
    """The URL of parlour's own PostgreSQL; None where PARLOUR_DATABASE_URL names another."""
    if os.environ.get("PARLOUR_DATABASE_URL"):
        yield None
        return
    with bundled_server(pytestconfig.stash[FOLDER]) as url:
        yield url


@pytest.fixture(scope="session")
async def postgres(own_server: str | None) -> AsyncIterator[str]:
    """The URL of a PostgreSQL on which databases can be made."""
    if own_server is not None:
        await make_careless(own_server)
    url = own_server or os.environ["PARLOUR_DATABASE_URL"]
    async with migrated_once(url):
        yield url


@pytest.fixture(scope="session")
async def database_url(postgres: str) -> AsyncIterator[str]:
    """The URL of this worker's migrated database."""
    async with migrated_database(postgres) as url:
        yield url


@pytest.fixture(scope="session")
async def parlour(database_url: str) -> AsyncIterator[Parlour]:
    """The running server that the tests of this worker share."""
    async with serving(database_url) as running:
        yield running


@pytest.fixture
def form() -> PathForm:
    """The form of the paths; a test marked ``both_forms`` runs once in each."""
    return PathForm.SHORT


@pytest.fixture
async def api(parlour: Parlour, form: PathForm) -> AccountClient:
    """An account that nobody else has."""
    return await new_account(parlour, form)


@pytest.fixture
async def other_api(parlour: Parlour, form: PathForm) -> AccountClient:
    """Another account of the same server: what must not see, and must not be seen."""
    return await new_account(parlour, form)


@pytest.fixture
def clock(parlour: Parlour) -> Iterator[MovableClock]:
    """The server's clock, which goes right again after the test."""
    assert parlour.is_alone, "another server would let this one's timers run out by its own clock"
    yield parlour.clock
    parlour.clock.release()
