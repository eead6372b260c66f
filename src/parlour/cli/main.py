"""The commands and their options. The options of ``serve`` are the settings."""

import sys
from typing import Annotated

import typer

from parlour import __version__
from parlour.cli.start import CannotStart
from parlour.settings import SettingsError, load
from parlour.storage.embedded import EmbeddedPostgresError
from parlour.storage.vault import VaultError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option()] = None,
    port: Annotated[int | None, typer.Option()] = None,
    data: Annotated[str | None, typer.Option()] = None,
    database_url: Annotated[str | None, typer.Option()] = None,
    public_url: Annotated[str | None, typer.Option()] = None,
    workers: Annotated[int | None, typer.Option()] = None,
) -> None:
    """Serve the API until Ctrl-C."""
    settings = load(locals())
    from parlour.cli.serve import serve as run

    run(settings, _say)


@app.command()
def version() -> None:
    """Say which parlour this is."""
    print(__version__)


def _say(line: str) -> None:
    print(line, flush=True)


def main() -> None:
    """Runs the command line; what went wrong is one sentence on standard error and exit status 1."""
    try:
        app()
    except (CannotStart, SettingsError, EmbeddedPostgresError, VaultError) as error:
        sys.stderr.write(f"parlour: {error}\n")
        raise SystemExit(1) from None
