"""Starting: what every command does before its own work: read settings, have a database, have the key."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from parlour.settings import Settings
from parlour.storage.embedded import EmbeddedPostgres
from parlour.storage.vault import key_from_file

KEY_FILE = "secret.key"


class CannotStart(Exception):
    """A command cannot begin its work; the message says why and how to mend it."""


@contextmanager
def ready(settings: Settings, say: Callable[[str], None]) -> Iterator[Settings]:
    """The settings with a database that answers and a key, for the length of the block.

    Without a database URL the PostgreSQL in the data folder is started, or joined if it runs already; the last
    process that leaves stops it.
    """
    data = Path(settings.data)
    if settings.database_url is not None:
        yield _with_key(settings, data)
        return
    with EmbeddedPostgres(data, say=say) as url:
        yield _with_key(msgspec.structs.replace(settings, database_url=url), data)


def _with_key(settings: Settings, data: Path) -> Settings:
    if settings.secret_key is not None:
        return settings
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return msgspec.structs.replace(settings, secret_key=key_from_file(data / KEY_FILE))
