"""Commands print through one module, which lets nothing through that a terminal obeys."""

import ast

import pytest

from tests.architecture.source import PARLOUR, modules, shown, tree

OUTPUT = PARLOUR / "cli" / "output.py"
PRINTING = {"print", "sys.stdout", "sys.stderr", "typer.echo", "typer.secho", "Console"}


def prints(module: ast.Module) -> list[int]:
    """The lines in which something is named that prints."""
    named = [node for node in ast.walk(module) if isinstance(node, ast.Name | ast.Attribute)]
    return [node.lineno for node in named if ast.unparse(node) in PRINTING]


def test_no_command_prints_by_itself() -> None:
    assert prints(tree(OUTPUT))
    others = [path for path in modules(PARLOUR / "cli") if path != OUTPUT]
    found = {shown(path): lines for path in others if (lines := prints(tree(path)))}
    assert not found, "print these with cli/output.py"


@pytest.mark.parametrize("code", ["print(1)", "sys.stdout.write('x')", "Console().print('x')", "typer.echo('x')"])
def test_what_prints_is_recognised(code: str) -> None:
    assert prints(ast.parse(code))
