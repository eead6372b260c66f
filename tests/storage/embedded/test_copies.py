"""Copied and moved data folders: one whose `postmaster.pid` came along never leads to the server of another."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from parlour.storage.embedded import EmbeddedPostgres, EmbeddedPostgresError
from tests.storage.embedded.asking import KEEP, KEPT, Make, ask, kill_all, lives, server_of, wait_until

CHANGE = f"UPDATE kept SET number = 2; {KEPT}"  # random() is below 1

Copy = Callable[[Path, Path], None]


def with_cp(source: Path, target: Path) -> None:
    """Also the sockets, owners and modes."""
    subprocess.run(["cp", "-a", source, target], check=True)


def with_tar(source: Path, target: Path) -> None:
    """A backup in a file, put back elsewhere: sockets do not come along, lock files do."""
    archive = target.with_suffix(".tar")
    made = subprocess.run(["tar", "-C", source.parent, "--warning=none", "-cf", archive, source.name], check=False)
    assert made.returncode in (0, 1), "1: a file changed while it was read"
    target.mkdir()
    subprocess.run(["tar", "-C", target, "--strip-components=1", "-xpf", archive], check=True)
    shutil.copystat(source, target)


@pytest.fixture
def original(make: Make) -> EmbeddedPostgres:
    """A server that runs, with a table in its database and all of it on the disk."""
    postgres = make()
    ask(postgres, KEEP)
    subprocess.run([postgres.binaries / "psql", _as_superuser(postgres), "-qc", "CHECKPOINT"], check=True)
    return postgres


def _as_superuser(postgres: EmbeddedPostgres) -> str:
    return postgres.start().replace("parlour@", "postgres@")


@pytest.mark.parametrize("copy", [with_cp, with_tar])
def test_a_copy_of_a_running_folder_gets_a_server_of_its_own(
    copy: Copy, original: EmbeddedPostgres, make: Make, data: Path, folder: Path, said: list[str]
) -> None:
    kept = ask(original, KEPT)
    copy(data, folder / "copy")
    assert ask(original, CHANGE) == "2"
    other = make(folder / "copy")
    assert ask(other, KEPT) == kept
    assert server_of(other) != server_of(original)
    assert any(str(folder / "copy") in line and str(original.cluster) in line for line in said)
    other.stop()
    assert ask(original, KEPT) == "2", "the original goes on"
    assert (original.socket_dir / ".s.PGSQL.5432.lock").exists()


def test_a_copy_whose_pid_belongs_to_a_server_that_does_not_answer_leaves_that_one_alone(
    original: EmbeddedPostgres, make: Make, data: Path, folder: Path
) -> None:
    """As where the socket of the original is in another container: the number is somebody's here, too."""
    with_cp(data, folder / "copy")
    lock = original.socket_dir / ".s.PGSQL.5432.lock"
    socket = original.socket_dir / ".s.PGSQL.5432"
    hidden = socket.rename(socket.with_suffix(".hidden"))
    try:
        other = make(folder / "copy")
        assert ask(other, "SELECT 1") == "1"
        assert server_of(other) != server_of(original)
        assert lock.exists()
    finally:
        hidden.rename(socket)
    assert ask(original, "SELECT 1") == "1"


def test_a_copy_in_which_only_the_lock_of_the_socket_came_along_starts(
    original: EmbeddedPostgres, make: Make, data: Path, folder: Path
) -> None:
    with_cp(data, folder / "copy")
    (folder / "copy/postgresql/cluster/postmaster.pid").unlink()
    other = make(folder / "copy")
    assert ask(other, "SELECT 1") == "1"
    assert server_of(other) != server_of(original)


def test_a_folder_that_was_moved_while_its_server_ran_is_served_by_that_server(
    original: EmbeddedPostgres, make: Make, data: Path, folder: Path
) -> None:
    server = server_of(original)
    moved = data.rename(folder / "moved")
    try:
        with (again := make(moved)):
            assert ask(again, CHANGE) == "2"
            assert server_of(again) == server
    finally:
        moved.rename(data)
    assert ask(original, KEPT) == "2"


def test_a_link_to_a_folder_leads_to_its_server(
    original: EmbeddedPostgres, make: Make, data: Path, folder: Path
) -> None:
    (folder / "link").symlink_to(data)
    linked = make(folder / "link")
    assert linked.start() == original.start()
    assert server_of(linked) == server_of(original)


def test_a_server_that_cannot_be_seen_but_answers_is_joined(
    original: EmbeddedPostgres, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that another container runs on the same folder."""
    server = server_of(original)
    monkeypatch.setattr("parlour.storage.embedded.postmaster.Postmaster._works_here", lambda *_: False)
    again = make()
    assert ask(again, "SELECT 1") == "1"
    assert server_of(again) == server
    assert lives(server)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, who may give a process another view of the files")
def test_a_process_whose_folder_only_has_the_same_name_is_not_taken_for_ours(
    original: EmbeddedPostgres, folder: Path
) -> None:
    """As a PostgreSQL in a container that sees another folder under the same path: that is not to be ended."""
    cluster = original.cluster
    named_postgres = Path(shutil.copy(shutil.which("cat") or "/bin/cat", folder / "postgres"))
    script = 'mount --bind "$1" "$2" && cd "$2" && exec "$3"'
    command = ["unshare", "--mount", "sh", "-c", script, "sh", str(folder), str(cluster), str(named_postgres)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, user=0) as stranger:
        wait_until(lambda: psutil.Process(stranger.pid).name() == "postgres")
        assert psutil.Process(stranger.pid).cwd() == str(cluster)
        kill_all(server_of(original))
        assert ask(original, "SELECT 1") == "1"
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, whose PostgreSQL runs as another user")
def test_a_copy_does_not_take_the_database_over_from_an_original_that_moved(make: Make, folder: Path) -> None:
    """Where the database is outside of the data folder, which the copy remembers, too."""
    closed, base = folder / "closed", folder / "base"
    closed.mkdir(mode=0o700)
    with (first := make(closed / "data", base)):
        kept = ask(first, KEEP)
    with_cp(closed / "data", closed / "copy")
    (closed / "data").rename(closed / "moved")
    with (moved := make(closed / "moved", base)):
        assert ask(moved, KEPT) == kept
    with pytest.raises(EmbeddedPostgresError, match=f"{closed / 'copy'} is a copy of {closed / 'moved'}"):
        make(closed / "copy", base).start()
    with (again := make(closed / "moved", base)):
        assert ask(again, KEPT) == kept
