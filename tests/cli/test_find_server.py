"""How commands find the server that runs, from any folder, and that its token goes to nobody else."""

import json
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from parlour.cli.client import Refused, ServerClient
from parlour.serving.errors import CannotDo
from parlour.serving.running_servers import registered_as, running_servers
from tests.cli.running import RunCommand, Serve, Serving, environment
from tests.terminal import on_a_terminal


class Stranger(HTTPServer):
    """A server that is no parlour: keeps what it is sent, and sends everybody on."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Strange)
        self.url, self.heard, self.target = f"http://127.0.0.1:{self.server_port}", list[str](), ""


class _Strange(BaseHTTPRequestHandler):
    server: Stranger

    def do_GET(self) -> None:
        self.server.heard.append(self.headers.get("Authorization", ""))
        self.send_response(302)
        self.send_header("Location", self.server.target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    with Stranger() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands see the servers of this test only, not the one that the module shares."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def test_every_command_finds_the_one_that_runs(one_server: Serving, command: RunCommand) -> None:
    assert command("get", "/v1/Services", "--json").document["services"]
    assert command("webhook", "list").out == "There is no such delivery.\n"
    assert command("explain", one_server.account).err == f"parlour: Nothing is recorded of {one_server.account}.\n"
    assert command("clock", "show", "--json").document["type"] == "system"
    assert "\nListService " in command("compat").out
    assert command("open", "--json").document["url"] == f"{one_server.url}/"


def test_what_was_named_is_what_is_asked(one_server: Serving, command: RunCommand, folder: Path) -> None:
    port = one_server.url.rpartition(":")[2]
    for words in (("--port", port), ("--url", one_server.url), ("--url", f"http://localhost:{port}/")):
        assert command("get", "/v1/Services", *words).status == 0
    assert command("get", "/v1/Services", "--data", str(one_server.data)).status == 0
    assert command("get", "/v1/Services", url=one_server.url).status == 0
    assert command("get", "/v1/Services", "--port", port, url="http://127.0.0.1:9").status == 0
    other = command("get", "/v1/Services", "--data", str(folder))
    assert other.err == (
        "parlour: No parlour that you started is running. Start one: parlour serve; or name one with --url\n"
    )
    assert command("get", "/v1/Services", "--port", "9").err.startswith("parlour: Whose calls?")
    unknown = command("get", "/v1/Services", "--account-sid", "AC" + "0" * 32)
    assert unknown.err.startswith("parlour: There is no account AC000")


@pytest.mark.usefixtures("alone")
def test_of_several_one_must_be_chosen(serve: Serve, command: RunCommand) -> None:
    first, second = serve(), serve()
    several = command("get", "/v1/Services")
    assert several.status == 1
    title, *listed = several.err.splitlines()
    assert title == "parlour: Several parlours run here; choose one with --url:"
    assert listed == [f"  {url}  {first.account}  {first.data.resolve()}" for url in sorted((first.url, second.url))]
    assert command("get", "/v1/Services", "--url", second.url).status == 0
    first.process.terminate()
    first.rest()
    assert command("get", "/v1/Services").status == 0
    second.process.kill()
    second.rest()
    assert command("get", "/v1/Services").err.startswith("parlour: No parlour that you started is running.")


@pytest.mark.usefixtures("alone")
def test_the_token_of_a_database_of_your_own_is_looked_up_there(
    serve: Serve, command: RunCommand, own_database: str, folder: Path
) -> None:
    serving = serve("--data", str(folder / "key"), database_url=own_database)
    refused = command("get", "/v1/Services")
    assert refused.err.startswith(f"parlour: {serving.url} has a database of your own. Name it with --database-url")
    assert command("get", "/v1/Services", database_url=own_database, data=folder / "key").status == 0
    assert command("get", "/v1/Services", "--auth-token", serving.banner["auth_token"]).status == 0
    state = next(Path(environment()["XDG_STATE_HOME"], "parlour").iterdir()).read_text()
    assert serving.banner["auth_token"] not in state
    assert own_database not in state


def test_no_token_goes_to_a_server_that_it_does_not_belong_to(
    one_server: Serving, command: RunCommand, stranger: Stranger, folder: Path
) -> None:
    (folder / "parlour.toml").write_text(f'auth_token = "{"t" * 16}"\naccount_sid = "{one_server.account}"\n')
    port = stranger.url.rpartition(":")[2]
    for name, *words in (
        ("get /v1/Services", "--url", stranger.url),
        ("tail", "--url", stranger.url, "--account-sid", one_server.account),
        ("explain IM0", "--url", stranger.url, "--config", str(folder / "parlour.toml")),
        ("clock show", "--url", stranger.url),
        ("compat", "--url", stranger.url),
        ("webhook list", "--port", port),
        ("get /v1/Services", "--port", port, "--data", str(one_server.data)),
    ):
        refused = command(*name.split(), *words)
        assert (refused.status, stranger.heard) == (1, [])
        assert refused.err.startswith("parlour: Whose calls?")


def test_a_token_is_not_carried_on_by_a_redirect_or_to_a_proxy(
    stranger: Stranger, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ServerClient(stranger.url, "AC1", "token")
    stranger.target = f"{stranger.url}/elsewhere"
    with pytest.raises(Refused, match="answers 302"), server.open("/v1/Services", "*/*"):
        pass
    assert stranger.heard == ["Basic " + b64encode(b"AC1:token").decode()]
    stranger.heard.clear()
    monkeypatch.setenv("http_proxy", stranger.url)
    with (
        pytest.raises(CannotDo, match="does not answer"),
        ServerClient("http://127.0.0.1:9", "AC1", "x").open("/", "*/*"),
    ):
        pass
    assert stranger.heard == []


def test_a_token_that_was_looked_up_goes_to_no_successor_at_the_address(
    stranger: Stranger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with registered_as(stranger.url, "AC1", None):
        (known,) = running_servers()
        server = ServerClient(stranger.url, "AC1", "token", known)
        with server.answer("/", "*/*") as answer:
            assert (answer.status, len(stranger.heard)) == (302, 1)
    with pytest.raises(CannotDo, match="does not answer"), server.answer("/", "*/*"):
        pass
    assert len(stranger.heard) == 1


@pytest.mark.parametrize("url", ["ftp://x", "x", "http://", "http://u:p@x", "http://x:y", "http://x?a", "http://[", ""])
def test_what_is_no_address_is_told_so(url: str, command: RunCommand) -> None:
    refused = command("get", "/", "--url", url)
    assert (refused.status, refused.err) == (
        1,
        f"parlour: {url} is not the address of a server, such as http://127.0.0.1:8010\n",
    )


def test_an_answer_is_printed_as_it_came_and_a_refusal_ends_with_1(one_server: Serving, command: RunCommand) -> None:
    got = command("get", "v1/Services?PageSize=1")
    assert got.status == 0
    assert "\n" not in got.out
    page = json.loads(got.out)
    assert len(page["services"]) == page["meta"]["page_size"] == 1
    assert command("get", page["meta"]["url"]).out == got.out
    missing = command("get", "/v1/Conversations/nöwhere at all")
    assert (missing.status, json.loads(missing.out)["code"], missing.err) == (1, 20404, "")
    assert command("get", "/v1/Conversations/nowhere", "--json").document["status"] == 404
    assert command("get", "/metrics").out.startswith("# HELP ")
    elsewhere = command("get", "https://example.org/v1/Services")
    assert elsewhere.err.startswith(f"parlour: https://example.org/v1/Services is not on {one_server.url}.")


def test_on_a_terminal_an_answer_is_laid_out(one_server: Serving) -> None:
    shown = on_a_terminal([sys.executable, "-m", "parlour", "get", "/v1/Configuration"], environment=environment())
    assert shown.startswith('{\n  "account_sid": ')
    assert json.loads(shown)["account_sid"] == one_server.account


def test_the_page_is_opened_in_a_browser_where_there_is_one(
    one_server: Serving, command: RunCommand, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", "/nonexistent")
    assert command("open").out == f"{one_server.url}/\n"
    browser = folder / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >{folder}/opened\n')
    browser.chmod(0o700)
    monkeypatch.setenv("BROWSER", str(browser))
    assert command("open").out == f"{one_server.url}/ is open in your browser.\n"
    assert (folder / "opened").read_text() == f"{one_server.url}/\n"
