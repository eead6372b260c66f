"""Starting: what every command does before its own work: have a database, have the key, have the schema."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from parlour.composition.node import open_node
from parlour.runtime.node import Node
from parlour.serving.errors import CannotDo as CannotDo
from parlour.serving.postgres_keeper import kept_running
from parlour.serving.signals import postgres_started, run
from parlour.settings import Settings, changed
from parlour.storage.embedded import EmbeddedPostgres
from parlour.storage.key_check import has_secrets, verify
from parlour.storage.migrations import check_schema, migrate
from parlour.storage.preflight import DatabaseState, check_version, inspect
from parlour.storage.vault import Vault, key_from_file

KEY_FILE = "secret.key"

T = TypeVar("T")
Say = Callable[[str], None]


@contextmanager
def database_ready(settings: Settings, say: Say, *, keep: bool = False) -> Iterator[Settings]:
    """The settings with a database that answers, for the length of the block.

    Without a database URL the PostgreSQL in the data folder is started, or joined if it runs already; the last
    process that leaves stops it. *keep*: when it ends unexpectedly meanwhile, it is brought back.
    """
    if settings.database.url is not None:
        check_version(run(inspect(settings.database.url)))
        yield settings
        return
    postgres = EmbeddedPostgres(Path(settings.database.data), say=say)
    with postgres_started(postgres) as url, kept_running(postgres, say) if keep else nullcontext():
        yield changed(settings, database_url=url)


def run_with_node(settings: Settings, say: Say, work: Callable[[Node], Awaitable[T]], *, make: bool = False) -> T:
    """What *work* gives in a node of these settings; raises CannotDo, SchemaUnfit, VaultError.

    *make*: what is missing is made, data folder, tables and key. Tables that are there are never changed by this.
    """
    if not make:
        require_data(settings)
    with database_ready(settings, say) as reached:
        return run(_within(reached, work, make=make))


async def prepare_database(settings: Settings) -> tuple[Settings, str | None, str]:
    """The settings with the key of a database whose schema is current now; also the revisions before and after.

    A key is made where there is no secret yet. All of it is one turn, so that those who begin at the same moment agree;
    who has another key than the database is refused before anything is changed. Raises as ``run_with_node`` does.
    """
    full = settings

    async def fit_key(connection: Any) -> None:
        nonlocal full
        full = _with_key(settings, may_make=not await has_secrets(connection))
        await verify(connection, Vault(full.secrets.secret_key or ""))

    before, after = await migrate(settings.database.url or "", fit_key)
    return full, before, after


def require_data(settings: Settings) -> None:
    """Raises CannotDo if there is neither a database URL nor a data folder."""
    if settings.database.url is None and not Path(settings.database.data).is_dir():
        raise CannotDo(
            f"There is no data folder {settings.database.data} here. Name another with --data (or PARLOUR_DATA), or"
            " begin one: parlour serve"
        )


async def _within(settings: Settings, work: Callable[[Node], Awaitable[T]], *, make: bool) -> T:
    state = await inspect(settings.database.url or "")
    if not (make and state.revision is None):
        _demand_fit(state)
    if not make and not state.has_secrets and settings.secrets.secret_key is None and not _key_file(settings).exists():
        raise CannotDo("There is no account yet. A new one: parlour account create")
    full = (await prepare_database(settings))[0] if make else _with_key(settings, may_make=False)
    async with open_node(full) as node:
        return await work(node)


def _demand_fit(state: DatabaseState) -> None:
    """Raises SchemaUnfit, and CannotDo for a log of another cluster."""
    check_schema(state.revision)
    if state.is_foreign:
        raise CannotDo(
            "This database was restored into another PostgreSQL than its event log is of; let parlour adopt it:"
            " parlour migrate"
        )


def _with_key(settings: Settings, *, may_make: bool) -> Settings:
    """The settings with the key, from the file if they have none; raises CannotDo if that is missing too."""
    if settings.secrets.secret_key is not None:
        return settings
    file = _key_file(settings)
    if not file.exists():
        if not may_make:
            raise CannotDo(
                f"The secret key is missing: the secrets in this database were encrypted with one, but {file} does not"
                f" exist; set PARLOUR_SECRET_KEY to that key, or copy the {KEY_FILE} of the parlour that made the"
                " database there."
            )
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return changed(settings, secret_key=key_from_file(file))


def _key_file(settings: Settings) -> Path:
    return Path(settings.database.data) / KEY_FILE
