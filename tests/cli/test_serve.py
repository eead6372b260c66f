"""``parlour serve`` as an operator meets it: starting, being asked, ending."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

import psutil
import pytest

from tests.cli.running import RunCommand, Serve, SlowRequest, environment, lives, paste, wait_until
from tests.processes import ignoring, started

IN_FORM = [pytest.param((), id="alone"), pytest.param(("--workers", "2"), id="two workers")]


def test_a_second_start_takes_less_than_two_seconds(serve: Serve) -> None:
    def seconds() -> float:
        serving = serve()
        assert serving.status("/healthz") == 200
        taken = time.monotonic() - serving.began
        serving.process.terminate()
        assert serving.process.wait() == 0
        return taken

    assert any(seconds() < 2 for _ in range(10)), "one of ten, since others use this machine too"


def test_what_it_prints_for_people_can_be_pasted(data: Path) -> None:
    command = [sys.executable, "-m", "parlour", "serve", "--data", str(data), "--port", "0"]
    with started(command, env=environment(), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        lines = [line.strip() for line in until("Ctrl-C stops it.\n", process.stdout)]
        (curl,) = [line for line in lines if line.startswith("curl ")]
        assert paste(curl)["meta"]["key"] == "conversations"
        facts = dict(re.split(r"  +", line) for line in lines if "  " in line)
        assert curl == "curl -u {Account SID}:{Auth token} {Base URL}/v1/Conversations".format_map(facts)
        process.terminate()
        assert process.stdout.read() == "Stopped.\n"
    assert process.returncode == 0


def until(last: str, output: IO[str]) -> list[str]:
    """The lines before that one, which must come."""
    lines: list[str] = []
    for line in output:
        if line == last:
            return lines
        lines.append(line)
    raise AssertionError(f"it ended without saying {last!r}: {lines}")


def test_the_credentials_it_prints_open_the_api(serve: Serve) -> None:
    serving = serve()
    assert serving.status("/v1/Services", serving.account, serving.token) == 200
    assert serving.status("/v1/Services", serving.account, "another") == 401


def test_the_first_account_has_the_credentials_that_are_set(serve: Serve) -> None:
    sid = "AC" + "5" * 32
    serving = serve(account_sid=sid, auth_token="a-token-of-my-own")
    assert (serving.account, serving.token) == (sid, "a-token-of-my-own")
    assert serving.status("/v1/Services", sid, "a-token-of-my-own") == 200


def test_the_public_url_is_what_it_prints(serve: Serve) -> None:
    serving = serve("--public-url", "https://parlour.example.org/")
    assert serving.url == "https://parlour.example.org"


@pytest.mark.parametrize("words", IN_FORM)
def test_sigterm_lets_a_request_in_flight_finish_and_then_stops_the_postgresql(
    serve: Serve, words: tuple[str, ...]
) -> None:
    serving = serve(*words)
    postgres = serving.postgres
    request = SlowRequest(serving, "/v1/Conversations", b"FriendlyName=In+flight")
    serving.process.send_signal(signal.SIGTERM)
    wait_until(serving.is_refused)
    answer = request.finish()
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert b'"In flight"' in answer
    assert serving.rest().endswith("Stopped.\n")
    assert serving.process.returncode == 0
    assert not lives(postgres)


@pytest.mark.parametrize("words", IN_FORM)
def test_ctrl_c_which_reaches_all_its_processes_ends_it_in_order(serve: Serve, words: tuple[str, ...]) -> None:
    serving = serve(*words)
    assert serving.status("/healthz") == 200
    postgres = serving.postgres
    os.killpg(serving.process.pid, signal.SIGINT)
    assert serving.rest() == "Stopped.\n"
    assert serving.process.returncode == 0
    assert not lives(postgres)


@pytest.mark.parametrize("words", IN_FORM)
def test_a_closed_terminal_which_reaches_all_its_processes_ends_it_in_order(
    serve: Serve, words: tuple[str, ...]
) -> None:
    serving = serve(*words)
    postgres = serving.postgres
    request = SlowRequest(serving, "/v1/Conversations", b"FriendlyName=In+flight")
    os.killpg(serving.process.pid, signal.SIGHUP)
    wait_until(serving.is_refused)
    assert request.finish().startswith(b"HTTP/1.1 201 ")
    assert serving.rest().endswith("Stopped.\n")
    assert serving.process.returncode == 0
    assert not lives(postgres)


@pytest.mark.parametrize("words", IN_FORM)
@pytest.mark.parametrize("ignored", [signal.SIGINT, signal.SIGHUP])
def test_what_it_was_started_to_ignore_does_not_end_it_and_sigterm_does(
    serve: Serve, words: tuple[str, ...], ignored: signal.Signals
) -> None:
    serving = serve(*words, ignored=(ignored,))
    request = SlowRequest(serving, "/v1/Conversations", b"FriendlyName=In+flight")
    workers = serving.workers
    assert is_ignored_by(serving.process.pid, ignored)
    os.killpg(serving.process.pid, ignored)
    assert request.finish().startswith(b"HTTP/1.1 201 ")
    assert serving.status("/healthz") == 200
    assert serving.workers == workers
    serving.process.send_signal(signal.SIGTERM)
    assert serving.rest() == "Stopped.\n"
    assert serving.process.returncode == 0


def is_ignored_by(pid: int, number: signal.Signals) -> bool:
    """Whether the process ignores the signal, as the kernel has it."""
    mask = Path(f"/proc/{pid}/status").read_text().partition("SigIgn:")[2].split()[0]
    return bool(int(mask, 16) >> (number - 1) & 1)


def test_what_it_prints_for_people_says_how_it_is_stopped_where_ctrl_c_does_not(data: Path) -> None:
    command = [sys.executable, "-m", "parlour", "serve", "--data", str(data), "--port", "0"]
    pipe = subprocess.PIPE
    with started(ignoring(command, signal.SIGINT), env=environment(), stdout=pipe) as process:
        assert process.stdout is not None
        until(f"kill {process.pid} stops it.\n", process.stdout)
        process.terminate()
        assert process.stdout.read() == "Stopped.\n"


def test_workers_whose_parent_was_killed_leave_the_port(serve: Serve) -> None:
    serving = serve("--workers", "2")
    assert serving.status("/healthz") == 200
    workers = serving.workers
    assert len(workers) == 2
    serving.process.kill()
    psutil.wait_procs(workers, timeout=30)
    assert not any(lives(worker) for worker in workers)
    assert serving.is_refused()


def test_a_worker_that_was_killed_is_replaced_and_the_log_says_so(serve: Serve) -> None:
    serving = serve("--workers", "2")
    assert serving.status("/healthz") == 200
    before = serving.workers
    before[0].kill()
    (told,) = serving.until("A worker ended unexpectedly")
    assert json.loads(told)["status"] == -signal.SIGKILL
    wait_until(lambda: len(set(serving.workers) - set(before)) == 1)
    assert serving.status("/healthz") == 200


@pytest.mark.parametrize("killed", ["parlour", "PostgreSQL", "both"])
def test_it_serves_again_after_a_kill_with_what_was_stored(serve: Serve, killed: str) -> None:
    before = serve()
    postgres = before.postgres
    if killed != "PostgreSQL":
        before.process.kill()
        before.process.wait()
    if killed != "parlour":
        postgres.kill()
    if killed == "PostgreSQL":
        before.process.terminate()
        before.process.wait()
    after = serve()
    assert (after.account, after.token) == (before.account, before.token)
    assert after.status("/v1/Services", before.account, before.token) == 200


def test_a_postgresql_that_dies_is_brought_back(serve: Serve) -> None:
    serving = serve()
    postgres = serving.postgres
    postgres.kill()
    serving.until("PostgreSQL ended unexpectedly; it was started again.")
    assert serving.postgres != postgres
    wait_until(lambda: serving.status("/readyz") == 200)
    assert serving.status("/v1/Services", serving.account, serving.token) == 200


def test_a_postgresql_that_is_stopped_twice_is_brought_back_twice(serve: Serve) -> None:
    serving = serve()
    for _ in range(2):
        serving.postgres.send_signal(signal.SIGINT)
        serving.until("PostgreSQL ended unexpectedly; it was started again.")
    wait_until(lambda: serving.status("/readyz") == 200)


def test_of_two_on_one_data_folder_the_last_stops_the_postgresql(serve: Serve) -> None:
    first, second = serve(), serve()
    postgres = first.postgres
    assert first.account == second.account
    first.process.terminate()
    assert first.process.wait() == 0
    assert second.status("/readyz") == 200
    second.process.terminate()
    assert second.process.wait() == 0
    assert not lives(postgres)


def test_a_taken_port_is_told_in_one_sentence(serve: Serve, command: RunCommand, data: Path) -> None:
    serving = serve()
    port = serving.address[1]
    refused = command("serve", "--data", str(data), "--port", str(port))
    assert refused.status == 1
    assert refused.out == ""
    assert refused.err == (
        f"parlour: Port {port} of 127.0.0.1 is taken. Choose another with --port, or find out who has it:"
        f" ss -ltnp 'sport = :{port}'\n"
    )


def test_an_address_of_another_machine_is_told_in_one_sentence(command: RunCommand, data: Path) -> None:
    refused = command("serve", "--data", str(data), "--host", "192.0.2.1")
    assert refused.status == 1
    assert refused.err.startswith("parlour: Cannot listen on 192.0.2.1:8010: Cannot assign requested address.")


def test_several_serve_one_database_of_the_operators_own(serve: Serve, own_database: str, folder: Path) -> None:
    first = serve("--data", str(folder / "key"), "--workers", "2", database_url=own_database)
    assert [path.name for path in (folder / "key").iterdir()] == ["secret.key"]
    key = (folder / "key/secret.key").read_text().strip()
    second = serve("--data", str(folder / "none"), database_url=own_database, secret_key=key)
    assert not (folder / "none").exists()
    assert second.status("/v1/Services", first.account, first.token) == 200


def test_a_database_that_is_not_there_is_told_in_one_sentence(command: RunCommand, folder: Path) -> None:
    refused = command("serve", "--database-url", f"postgresql://x@/x?host={folder}", "--port", "0")
    assert refused.status == 1
    assert refused.err.startswith("parlour: The database cannot be reached: ")
    assert refused.err.count("\n") == 1


def test_a_start_on_a_current_schema_does_not_load_what_migrates(serve: Serve) -> None:
    serving = serve(flags=("-X", "importtime"))
    loaded = "".join(serving.lines)
    assert " asyncpg\n" in loaded
    assert " alembic\n" not in loaded
    assert " sqlalchemy\n" not in loaded
    assert " prometheus_client\n" not in loaded
