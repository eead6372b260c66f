"""The command line as a whole: help, wrong usage, errors, and how fast it starts."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from parlour import __version__
from parlour.cli.output import note, say
from tests.cli.running import RunCommand, environment, lives, postgres_of, wait_until
from tests.processes import started
from tests.terminal import on_a_terminal


def test_alone_it_prints_its_help(command: RunCommand) -> None:
    helped = command()
    assert helped.status == 0
    assert helped.out.startswith("Usage: ")
    assert helped.out == command("--help").out


def test_the_version_is_that_of_the_package(command: RunCommand) -> None:
    assert command("version").out == command("--version").out == f"{__version__}\n"
    assert command("version", "--json").document == {"version": __version__}
    assert metadata.version("parlour") == __version__


def test_the_newest_version_of_the_changelog_is_that_of_the_package() -> None:
    changelog = Path(__file__).parents[2].joinpath("CHANGELOG.md").read_text(encoding="utf-8")
    dated = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)
    assert dated[0] == __version__


def test_the_version_is_told_without_loading_what_serves() -> None:
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "parlour", "version"],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines()}
    assert "typer" in loaded
    assert not loaded & {
        "asyncpg",
        "falcon",
        "uvicorn",
        "structlog",
        "rich",
        "psutil",
        "urllib.request",
        "parlour.app",
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(("nonsense",), "No such command 'nonsense'", id="no such command"),
        pytest.param(("serve", "--nonsense"), "No such option: --nonsense", id="no such option"),
        pytest.param(("key",), "Missing command", id="half a command"),
        pytest.param(("key", "delete"), "Missing argument", id="no argument"),
        pytest.param(("serve", "--port", "x"), "port (from the command line): expected `int`", id="not a number"),
        pytest.param(
            ("serve", "--port", "65536"), "port (from the command line): expected `int` <= 65535", id="too much"
        ),
    ],
)
def test_wrong_usage_is_told_in_one_line_with_status_2(command: RunCommand, words: tuple[str, ...], told: str) -> None:
    wrong = command(*words)
    assert (wrong.status, wrong.out) == (2, "")
    assert wrong.err.startswith(f"parlour: {told}")
    assert wrong.err.endswith(" --help\n")
    assert wrong.err.count("\n") == 1
    as_json = command(*words, "--json")
    assert (as_json.status, as_json.err) == (2, "")
    assert set(as_json.document) == {"error"}


def test_a_question_about_the_command_line_ends_as_one(command: RunCommand) -> None:
    assert command("tial").err.startswith("parlour: No such command 'tial'. Did you mean 'tail'? How it is used: ")


def test_on_a_terminal_no_word_of_a_complaint_is_broken(command: RunCommand, folder: Path) -> None:
    words = ("account", "list", "--data", str(folder / "nowhere"))
    shown = on_a_terminal([sys.executable, "-m", "parlour", *words], columns=100, environment=environment())
    assert shown.count("\n") > 1
    assert max(map(len, shown.splitlines())) <= 100
    assert shown.split() == command(*words).err.split()


@pytest.mark.parametrize("tells", [say, note])
def test_what_is_said_fits_and_is_shown_without_what_a_terminal_obeys(
    tells: Callable[[str], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    tells("Webhooks may go to \x1b[31maddresses of this machine (webhook_allow_private).")
    lines = "".join(capsys.readouterr()).splitlines()
    assert lines == ["Webhooks may go to \\x1b[31maddresses", "  of this machine", "  (webhook_allow_private)."]


def test_a_wrong_value_names_the_command_that_it_was_given_to(command: RunCommand) -> None:
    assert command("serve", "--port", "x").err.endswith(" How it is used: parlour serve --help\n")
    assert command("clock", "advance", "PT1H", "--clock", "fast").err.endswith("parlour clock advance PT1H --help\n")


def test_a_wrong_setting_from_elsewhere_is_told_with_status_1(command: RunCommand, folder: Path) -> None:
    wrong = command("serve", port="x")
    assert (wrong.status, wrong.err) == (1, "parlour: port (from the environment): expected `int`, got `str`\n")
    file = folder / "settings.toml"
    file.write_text("prot = 8010\n")
    unknown = command("serve", "--config", str(file))
    assert unknown.status == 1
    assert unknown.err.startswith(f"parlour: There is no setting prot (from {file}).")


def test_the_named_settings_file_is_read(command: RunCommand, folder: Path) -> None:
    file = folder / "settings.toml"
    file.write_text(f'data = "{folder / "nowhere"}"\n')
    named = command("account", "list", "--config", str(file))
    assert f"There is no data folder {folder / 'nowhere'} here" in named.err
    assert command("account", "list", config=file).err == named.err
    gone = command("account", "list", "--config", str(folder / "gone.toml"))
    assert gone.status == 1
    assert gone.err.startswith(f"parlour: Cannot read the settings file {folder / 'gone.toml'}: ")


def test_a_command_that_is_terminated_stops_the_postgresql_that_it_started(data: Path) -> None:
    lock = data / "postgresql/cluster/postmaster.pid"
    words = ["seed", "--conversations", "1000000", "--users", "50000", "--data", str(data)]
    with started([sys.executable, "-m", "parlour", *words], env=environment()) as seeding:
        wait_until(lambda: lock.exists() and "ready" in lock.read_text())
        postgres = postgres_of(data)
    assert seeding.returncode != 0
    assert not lives(postgres)


@pytest.mark.parametrize(
    ("shell", "asked"),
    [
        ("bash", {"COMP_WORDS": "parlour webhook ", "COMP_CWORD": "2"}),
        ("zsh", {"_TYPER_COMPLETE_ARGS": "parlour webhook "}),
        ("fish", {"_TYPER_COMPLETE_ARGS": "parlour webhook ", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}),
    ],
)
def test_shells_complete_what_is_typed(shell: str, asked: dict[str, str], command: RunCommand) -> None:
    program = shutil.which("parlour", path=str(Path(sys.executable).parent))
    assert program is not None
    named = environment() | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    command_line = [program, "--show-completion", shell]
    script = subprocess.run(command_line, env=named, capture_output=True, text=True, check=True).stdout
    assert f"_PARLOUR_COMPLETE=complete_{shell}" in script
    completed = subprocess.run(
        [program],
        env=environment() | asked | {"_PARLOUR_COMPLETE": f"complete_{shell}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(word in completed.stdout for word in ("list", "show", "replay"))
