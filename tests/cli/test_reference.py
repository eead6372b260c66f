"""The pages of reference about commands and settings are current and whole."""

import re

import pytest
import typer

from parlour.cli.main import app
from parlour.cli.options import described
from parlour.settings import SETTINGS
from tests.cli.running import RunCommand
from tools import commands


@pytest.mark.parametrize("name", commands.PAGES)
def test_the_page_is_current(name: str) -> None:
    page = (commands.FOLDER / name).read_text(encoding="utf-8")
    assert page == commands.PAGES[name](), "run: .venv/bin/python -m tools.commands"


def test_every_setting_is_an_option_of_serve_with_its_sentence(command: RunCommand) -> None:
    shown = " ".join(command("serve", "--help").out.split())
    for name in SETTINGS:
        described_as = next(each for each in described() if each.name == name)
        assert f" {described_as.option} " in shown
        assert described_as.sentence in shown


def test_every_command_has_a_section() -> None:
    sections = set(re.findall(r"^## parlour (.+)$", commands.cli_page(), re.MULTILINE))
    assert {"serve", "account create", "key delete", "seed", "doctor", "migrate", "version"} <= sections
    assert {name.partition(" ")[0] for name in sections} == set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
