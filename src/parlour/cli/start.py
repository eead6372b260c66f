"""Starting: what every command does before its own work: have a database, have the key, have the schema."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TypeVar

import msgspec

from parlour.app import open_house
from parlour.cli.ending import run, started
from parlour.cli.failure import CannotDo as CannotDo
from parlour.cli.watch import kept_running
from parlour.runtime.work import House
from parlour.settings import Settings
from parlour.storage.embedded import EmbeddedPostgres
from parlour.storage.examine import check_version, examine
from parlour.storage.migrations import migrate
from parlour.storage.vault import key_from_file

KEY_FILE = "secret.key"

T = TypeVar("T")
Say = Callable[[str], None]


@contextmanager
def ready(settings: Settings, say: Say, *, keep: bool = False) -> Iterator[Settings]:
    """The settings with a database that answers and a key, for the length of the block.

    Without a database URL the PostgreSQL in the data folder is started, or joined if it runs already; the last
    process that leaves stops it. *keep*: when it ends unexpectedly meanwhile, it is brought back.
    """
    data = Path(settings.data)
    if settings.database_url is not None:
        check_version(run(examine(settings.database_url)))
        yield _with_key(settings, data)
        return
    postgres = EmbeddedPostgres(data, say=say)
    with started(postgres) as url, kept_running(postgres, say) if keep else nullcontext():
        yield _with_key(msgspec.structs.replace(settings, database_url=url), data)


def in_house(settings: Settings, say: Say, work: Callable[[House], Awaitable[T]], *, make: bool = False) -> T:
    """What *work* gives in a house of these settings, whose schema is current.

    *make*: a data folder that is missing is made; without it that raises CannotDo.
    """
    if not make:
        demand_data(settings)
    with ready(settings, say) as full:
        return run(_migrate_and(full, work))


def demand_data(settings: Settings) -> None:
    """Raises CannotDo if there is neither a database URL nor a data folder."""
    if settings.database_url is None and not Path(settings.data).is_dir():
        raise CannotDo(
            f"There is no data folder {settings.data} here. Name another with --data (or PARLOUR_DATA), or begin one:"
            " parlour serve"
        )


async def _migrate_and(settings: Settings, work: Callable[[House], Awaitable[T]]) -> T:
    await migrate(settings.database_url or "")
    async with open_house(settings) as house:
        return await work(house)


def _with_key(settings: Settings, data: Path) -> Settings:
    if settings.secret_key is not None:
        return settings
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return msgspec.structs.replace(settings, secret_key=key_from_file(data / KEY_FILE))
