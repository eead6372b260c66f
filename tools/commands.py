"""Writes docs/reference/cli.md and settings.md from the commands and the settings: ``python -m tools.commands``.

A test compares the committed pages with what this makes, so run it after a command or a setting has changed.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from textwrap import fill
from typing import Any

import typer

from parlour.cli.main import app
from parlour.cli.options import Described, described
from tools.operations import table

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
WIDTH = 120

_CLI = """\
# The command line

`tools/commands.py` makes this page from the commands; `parlour COMMAND --help` says the same at a terminal.

* With `--json` a command prints one JSON document on standard output, and an error is `{"error": "…"}`. Without it,
  an error is one sentence on standard error.
* Exit status: 0, or 1 for what went wrong, or 2 for a command line that is wrong.
* A command works on the database of its settings, whether a server uses it at the same time or not. Without
  `--database-url` that is the PostgreSQL in the data folder, which is started where it does not run.
* `parlour tail`, `explain`, `webhook`, `get`, `open`, `clock`, `compat` and `token` [find the server that
  runs](../chapters/commands.md), from any folder; of several you choose one with `--url`, `--port`, `--data` or
  `PARLOUR_URL`. Where none runs, `clock`, `compat` and `token` open the database.
* `parlour --version` says which parlour this is; `parlour --install-completion` lets bash, zsh or fish complete
  commands and options (`--show-completion` only prints how).
* Options that are [settings](settings.md) can also be given in the environment or in the settings file.
"""

_SETTINGS = """\
# Settings

`tools/commands.py` makes this page from `src/parlour/settings/groups.py`. Each setting can be given

* on the command line, `--public-url https://…`, and what is true or false as `--access-log` or `--no-access-log`;
* in the environment, `PARLOUR_PUBLIC_URL=https://…`; an empty value counts as none;
* in one TOML file, `public_url = "https://…"`: parlour.toml in the working folder, or the file that `--config` or
  `PARLOUR_CONFIG` names. There a setting may also stand in the table of its group: `[database]`, `url = "…"`.

The command line wins over the environment, the environment over the file. `parlour serve` and `parlour doctor` take
all of them as options, the other commands those that lead to the database. An auth token or a key is better not given
on the command line, where other users of the machine can see it.
"""


def settings_page() -> str:
    """The whole page of settings."""
    groups = [_group(name, list(settings)) for name, settings in groupby(described(), lambda each: each.group)]
    return "\n".join([_SETTINGS, *groups])


def _group(name: str, settings: Sequence[Described]) -> str:
    rows = [
        (
            f"`{each.name}`",
            f"`{each.option}`",
            f"`{each.variable}`",
            each.kind,
            f"`{each.default}`" if each.default else "",
        )
        for each in settings
    ]
    sections = [fill(f"**`{each.name}`**: {each.sentence}", WIDTH) for each in settings]
    overview = table(("Setting", "Option", "Variable", "Value", "Default"), rows)
    return "\n".join([f"## {name.capitalize()}\n", overview, "\n\n".join(sections), ""])


def cli_page() -> str:
    """The whole page of commands."""
    every = list(_commands(typer.main.get_command(app), "parlour"))
    overview = table(
        ("Command", "Does"),
        [(f"[`{name}`](#{name.replace(' ', '-')})", _first_sentence(command)) for name, command in every],
    )
    return "\n".join([_CLI, overview, *(_section(name, command) for name, command in every)])


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield name, command
        return
    for each, below in command.commands.items():
        yield from _commands(below, f"{name} {each}")


def _section(name: str, command: Any) -> str:
    settings = {each.name: each.option for each in described()} | {"config": "--config"}
    own = [each for each in command.params if each.name not in settings]
    rows = [(f"`{_form(each)}`", _explained(each)) for each in own]
    taken = [f"`{settings[each.name]}`" for each in command.params if each.name in settings]
    which = "all, and `--config`" if len(taken) == len(settings) else ", ".join(taken)
    lines = [f"## {name}", "", fill(" ".join(command.help.split()), WIDTH), "", table(("Option", "Meaning"), rows)]
    return "\n".join([*lines, f"Settings: {which}.\n"] if taken else lines)


def _form(param: Any) -> str:
    if param.param_type_name == "argument":
        return str(param.name).upper()
    flag = param.type_descriptor.annotation is bool
    value = "" if flag else " " + (param.metavar or _kind(param.type_descriptor.annotation))
    option: str = param.opts[0]
    return option + value


def _kind(type: Any) -> str:
    return "NUMBER" if type in (int, float) else "TEXT"


def _explained(param: Any) -> str:
    default = "" if param.default in (None, False) or not param.show_default else f" Default: {param.default}."
    return f"{param.help}{default}"


def _first_sentence(command: Any) -> str:
    whole: str = " ".join(command.help.split())
    return whole.partition(". ")[0].rstrip(".") + "."


PAGES = {"cli.md": cli_page, "settings.md": settings_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
