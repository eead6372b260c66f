"""Which servers of a user run: found from any folder, gone with their process, and never another user's word."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from parlour.serving.running_servers import registered_as, running_servers
from tests.cli.running import environment

URL, ACCOUNT = "http://127.0.0.1:8010", "AC" + 32 * "0"
SERVER = f"""
from pathlib import Path
from parlour.serving.running_servers import registered_as
with registered_as({URL!r}, {ACCOUNT!r}, Path("data")):
    print(flush=True)
    input()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "parlour"


def a_server(tmp_path: Path) -> "subprocess.Popen[str]":
    """A process that is known as a server until it is told to end."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        cwd=tmp_path,
        env=environment() | {"XDG_STATE_HOME": os.environ["XDG_STATE_HOME"]},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "\n"
    return process


def test_a_server_is_found_as_long_as_it_runs_by_its_user_alone(folder: Path, tmp_path: Path) -> None:
    assert running_servers() == []
    process = a_server(tmp_path)
    (server,) = running_servers()
    assert (server.url, server.account_sid, server.pid) == (URL, ACCOUNT, process.pid)
    assert server.data == str((tmp_path / "data").resolve())
    (file,) = folder.iterdir()
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(folder.stat().st_mode)) == (0o600, 0o700)
    process.communicate("\n")
    assert running_servers() == []
    assert list(folder.iterdir()) == []


def test_what_a_killed_one_left_is_removed_though_its_number_is_taken_again(folder: Path, tmp_path: Path) -> None:
    process = a_server(tmp_path)
    (file,) = folder.iterdir()
    process.kill()
    process.communicate()
    left = msgspec.json.decode(file.read_bytes())
    file.write_bytes(msgspec.json.encode({**left, "pid": os.getpid()}))
    assert running_servers() == []
    assert not file.exists()


def test_a_new_server_removes_what_a_killed_one_left(folder: Path, tmp_path: Path) -> None:
    process = a_server(tmp_path)
    process.kill()
    process.communicate()
    (old,) = folder.iterdir()
    with registered_as(URL, ACCOUNT, None):
        (new,) = folder.iterdir()
        assert new != old


def test_what_others_could_have_written_is_not_believed(folder: Path) -> None:
    with registered_as(URL, ACCOUNT, None):
        (file,) = folder.iterdir()
        file.chmod(0o666)
        assert running_servers() == []
        file.chmod(0o600)
        folder.chmod(0o777)
        assert running_servers() == []
        folder.chmod(0o700)
        assert len(running_servers()) == 1


@pytest.mark.parametrize("field", ["machine", "network"])
def test_an_address_of_another_machine_is_left_to_it(field: str, folder: Path) -> None:
    with registered_as(URL, ACCOUNT, None):
        (file,) = folder.iterdir()
        known = msgspec.json.decode(file.read_bytes())
        file.write_bytes(msgspec.json.encode({**known, "machine": "elsewhere", "network": "elsewhere", field: "x"}))
        assert running_servers() == []
        assert file.exists()


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"url": 1}', b"[" * 100_000])
def test_a_file_of_another_kind_is_passed_over(content: bytes, folder: Path) -> None:
    with registered_as(URL, ACCOUNT, None):
        (folder / "other.json").write_bytes(content)
        assert [server.url for server in running_servers()] == [URL]


def test_a_relative_state_folder_counts_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with registered_as(URL, ACCOUNT, None):
        assert len(list((tmp_path / "home/.local/state/parlour").iterdir())) == 1
