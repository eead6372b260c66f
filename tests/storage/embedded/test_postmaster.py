"""parlour's own PostgreSQL after kill -9 of parlour, of PostgreSQL, of both; and what must not reach it."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from parlour.storage.embedded import EmbeddedPostgresError
from tests.storage.embedded.asking import (
    KEEP,
    KEPT,
    Make,
    MakeProcess,
    ask,
    kill_all,
    lives,
    server_of,
    wait_until,
    word,
)


def test_data_survive_the_kill_of_the_main_process(make: Make) -> None:
    first = make()
    kept = ask(first, KEEP)
    kill_all(server_of(first))
    assert ask(make(), KEPT) == kept


def test_data_survive_the_kill_of_all_processes_at_once(make: Make) -> None:
    first = make()
    kept = ask(first, KEEP)
    server = server_of(first)
    kill_all(server, *server.children())
    assert ask(first, KEPT) == kept


def test_a_busy_backend_that_outlived_the_main_process_is_ended_before_the_next_start(make: Make) -> None:
    first = make()
    url = first.start()
    endless = "SELECT count(*) FROM generate_series(1, 1000000000000)"
    busy = "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT count%'"
    with subprocess.Popen([first.binaries / "psql", url, "-c", endless], stderr=subprocess.DEVNULL) as client:
        try:
            wait_until(lambda: ask(first, busy) != "")
            backend = psutil.Process(int(ask(first, busy)))
            kill_all(server_of(first))
            assert lives(backend)
            assert ask(first, "SELECT 1") == "1"
            assert not lives(backend)
        finally:
            client.kill()


def test_a_server_whose_parlour_was_killed_is_taken_over(make: Make, make_process: MakeProcess) -> None:
    other = make_process()
    port = int(word(other))
    assert word(other) == "started"
    other.kill()
    other.wait()
    with pytest.raises(ConnectionRefusedError):  # PostgreSQL did not inherit what parlour listened on
        socket.create_connection(("127.0.0.1", port))
    postgres = make()
    began = time.time()
    postgres.start()
    server = server_of(postgres)
    assert server.create_time() < began
    postgres.stop()
    assert not lives(server)


def test_ctrl_c_ends_parlour_and_not_the_server(make: Make, make_process: MakeProcess) -> None:
    other = make_process()
    assert [word(other), word(other)][1] == "started"
    postgres = make()
    postgres.start()
    server = server_of(postgres)
    os.killpg(other.pid, signal.SIGINT)
    other.wait()
    assert ask(postgres, "SELECT 1") == "1"
    assert server_of(postgres) == server


def test_a_pid_file_whose_number_fell_to_another_process_does_not_prevent_the_start(make: Make) -> None:
    postgres = make()
    kept = ask(postgres, KEEP)
    server = server_of(postgres)
    kill_all(server, *server.children())
    file = postgres.cluster / "postmaster.pid"
    owner = file.stat().st_uid
    stranger = subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, user=owner)
    with stranger:
        for at in (file, postgres.socket_dir / ".s.PGSQL.5432.lock"):
            at.write_text("\n".join([str(stranger.pid), *at.read_text().splitlines()[1:], ""]))
        assert ask(postgres, KEPT) == kept
        assert stranger.poll() is None


def test_an_empty_pid_file_does_not_prevent_the_start(make: Make) -> None:
    postgres = make()
    with postgres:
        file = postgres.cluster / "postmaster.pid"
    file.touch()
    assert ask(postgres, "SELECT 1") == "1"


def test_a_first_start_that_was_killed_halfway_leaves_nothing_behind(
    make: Make, make_process: MakeProcess, folder: Path
) -> None:
    data = folder / "fresh"
    other = make_process(data)
    wait_until(lambda: any(data.glob("postgresql/making-*/base")))
    parlour = psutil.Process(other.pid)
    kill_all(*parlour.children(recursive=True), parlour)
    assert not (data / "postgresql/cluster").exists()
    assert ask(make(data), "SELECT 1") == "1"
    assert not any(data.glob("postgresql/making-*"))


def test_a_server_that_cannot_start_says_why_from_its_log(make: Make) -> None:
    postgres = make()
    with postgres:
        settings = postgres.cluster / "postgresql.auto.conf"
    settings.write_text("shared_buffers = 'a lot'\n")
    try:
        with pytest.raises(EmbeddedPostgresError, match=r"(?s)does not start.*invalid value.*shared_buffers"):
            postgres.start()
    finally:
        settings.write_text("")
    assert ask(postgres, "SELECT 1") == "1"


def test_users_that_start_at_once_for_the_first_time_share_one_server(
    make: Make, make_process: MakeProcess, folder: Path
) -> None:
    users = [make_process(folder / "fresh") for _ in range(3)]
    assert [[word(user), word(user)][1] for user in users] == ["started"] * 3
    postgres = make(folder / "fresh")
    assert ask(postgres, "SELECT 1") == "1"
    assert postgres.log.read_text().count("starting PostgreSQL") == 1
