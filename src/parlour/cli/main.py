"""The commands and their options. What a command does is imported when it is called, so that all start at once."""

import signal
import sys
from datetime import datetime
from itertools import takewhile
from pathlib import Path
from typing import Annotated

import typer

from parlour import __version__
from parlour.cli import credentials, inspect
from parlour.cli.access import Access
from parlour.cli.credentials import Owner
from parlour.cli.options import DATABASE, Json, Misused, asking_a_server, taking_settings
from parlour.cli.output import complain, prepare, show
from parlour.settings import Settings

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="parlour: a server that is compatible with the Twilio Conversations API.",
    epilog="Every setting can also be given in the environment (PARLOUR_PORT) or in parlour.toml (port = 8010).",
)
clock = typer.Typer(help="The clock, where it is a virtual one: a parlour with PARLOUR_CLOCK=virtual.")
app.add_typer(credentials.accounts, name="account")
app.add_typer(credentials.keys, name="key")
app.add_typer(inspect.webhooks, name="webhook")
app.add_typer(clock, name="clock")


def _tell_version(wanted: bool) -> None:
    if wanted:
        show(False, None, [__version__])
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Say which parlour this is.")
]


@app.callback()
def parlour(version: Version = False) -> None:
    """A server that is compatible with the Twilio Conversations API."""


START = datetime(2025, 1, 1)  # noqa: DTZ001 - a day, taken as UTC
_BEGINS = f"The day on which it all begins. Default: {START:%Y-%m-%d}."
Beginning = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help=_BEGINS, show_default=False)]


@app.command()
@taking_settings()
def serve(settings: Settings, as_json: Json = False) -> None:
    """Serve the API until Ctrl-C. With --json, the document is printed as soon as requests are answered."""
    from parlour.cli.serve import serve as run

    run(settings, as_json)


@app.command()
@taking_settings(*DATABASE)
def migrate(settings: Settings, as_json: Json = False) -> None:
    """Bring the database's schema up to date, as serve does too."""
    from parlour.cli.migrate import migrate as run

    run(settings, as_json)


BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="The file, in pg_dump's custom format.")]


@app.command()
@taking_settings(*DATABASE)
def backup(settings: Settings, file: BackupFile, as_json: Json = False) -> None:
    """Write the database to a file, also while parlour serves. The secret key is not in it: keep that, too."""
    from parlour.cli.backup import backup as run

    run(settings, file, as_json)


@app.command()
@taking_settings(*DATABASE)
def restore(settings: Settings, file: BackupFile, as_json: Json = False) -> None:
    """Put a backup into an empty database."""
    from parlour.cli.backup import restore as run

    run(settings, file, as_json)


@app.command()
@taking_settings()
def doctor(settings: Settings, as_json: Json = False) -> None:
    """Say what is wrong with this parlour, and how to mend it."""
    from parlour.cli.doctor import doctor as run

    run(settings, as_json)


@clock.command("show")
@asking_a_server("clock")
def clock_show(access: Access, as_json: Json = False) -> None:
    """Show the time that parlour goes by."""
    from parlour.cli.clock import show_clock

    show_clock(access, as_json)


@clock.command("freeze")
@asking_a_server("clock")
def clock_freeze(
    access: Access,
    moment: Annotated[
        str, typer.Argument(help="Where it is to stand, in ISO 8601. Default: where it is.", show_default=False)
    ] = "true",
    as_json: Json = False,
) -> None:
    """Stop the clock; it stands until it is resumed or moved."""
    from parlour.cli.clock import move_clock

    move_clock(access, "Freeze", moment, as_json)


@clock.command("advance")
@asking_a_server("clock")
def clock_advance(
    access: Access,
    duration: Annotated[str, typer.Argument(help="By how much, in ISO 8601: PT1H, P30D.")],
    as_json: Json = False,
) -> None:
    """Move the clock forward; what is due by then happens at once, in its order."""
    from parlour.cli.clock import move_clock

    move_clock(access, "Advance", duration, as_json)


@clock.command("set")
@asking_a_server("clock")
def clock_set(
    access: Access,
    moment: Annotated[str, typer.Argument(help="What it is to show, in ISO 8601.")],
    as_json: Json = False,
) -> None:
    """Set the clock to a moment, also an earlier one; it runs or stands as before."""
    from parlour.cli.clock import move_clock

    move_clock(access, "Set", moment, as_json)


@clock.command("resume")
@asking_a_server("clock")
def clock_resume(access: Access, as_json: Json = False) -> None:
    """Let a frozen clock run on from where it stands."""
    from parlour.cli.clock import move_clock

    move_clock(access, "Resume", "true", as_json)


@app.command()
@taking_settings(*DATABASE)
def seed(
    settings: Settings,
    conversations: Annotated[int, typer.Option(min=0, help="How many conversations.")] = 1000,
    users: Annotated[int | None, typer.Option(min=1, help="How many users. Default: one for 50 participants.")] = None,
    messages_per: Annotated[int, typer.Option(min=0, help="Messages in each conversation.")] = 10,
    participants_per: Annotated[int, typer.Option(min=0, help="Participants of each conversation.")] = 2,
    channel_share: Annotated[float, typer.Option(min=0, max=1, help="Of these, those by SMS or WhatsApp.")] = 0.1,
    seed: Annotated[int, typer.Option(min=0, help="The same number gives the same rows, SIDs included.")] = 1,
    start: Beginning = START,
    account: Owner = None,
    service: Annotated[str | None, typer.Option(help="The service's SID. Default: the account's default.")] = None,
    as_json: Json = False,
) -> None:
    """Fill a service with sample users, conversations, participants and messages, as many as you like.

    What is stored is what calls would have made, but nothing is written to the event log. While very many rows are
    stored in an empty database, its tables are locked.
    """
    from parlour.cli.seed import SeedRequest
    from parlour.cli.seed import seed as run

    wanted = SeedRequest(
        conversations=conversations,
        users=users,
        messages_per=messages_per,
        participants_per=participants_per,
        channel_share=channel_share,
        seed=seed,
        start=start,
        account=account,
        service=service,
    )
    run(settings, wanted, as_json)


@app.command()
@asking_a_server()
def compat(
    access: Access,
    recording: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Read a HAR file, an access log, or lines of METHOD URL [User-Agent]."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what an application uses of the API, and whether that is verified.

    Without --recording it is what the server has counted of an account's calls: asked of the one that runs, or else
    read from the database.
    """
    from parlour.cli.compat import compat as run

    run(access, recording, as_json)


app.command()(credentials.token)
app.command()(inspect.tail)
app.command()(inspect.listen)
app.command()(inspect.explain)
app.command()(inspect.get)
app.command("open")(inspect.open_page)


@app.command()
def version(as_json: Json = False) -> None:
    """Say which parlour this is."""
    show(as_json, {"version": __version__}, [__version__])


def main() -> None:
    """Runs the command line. Errors print one sentence and exit with status 1, or 2 for wrong usage."""
    as_json = "--json" in sys.argv
    prepare()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # see serving/signals.py
    try:
        status = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except (typer.TyperException, Misused) as error:
        complain(as_json, _usage(error))
        raise SystemExit(2) from None
    except Exception as error:
        if not isinstance(error, _expected()):
            raise
        complain(as_json, str(error))
        raise SystemExit(1) from None
    raise SystemExit(status or 0)


def _usage(error: Exception) -> str:
    """What is wrong with the command line, and where to read how it should be."""
    context = getattr(error, "ctx", None)
    words = takewhile(lambda word: not word.startswith("-"), sys.argv[1:])
    command = context.command_path if context else " ".join(("parlour", *words))
    what = error.format_message() if isinstance(error, typer.TyperException) else str(error)
    what = (what or "What shall it do?").rstrip(".")
    return f"{what}{'' if what.endswith('?') else '.'} How it is used: {command} --help"


def _expected() -> tuple[type[Exception], ...]:
    """The errors whose message is all that a person needs."""
    from parlour.core.errors import ApiError
    from parlour.serving.errors import CannotDo
    from parlour.settings import SettingsError
    from parlour.storage.embedded import EmbeddedPostgresError
    from parlour.storage.migrations import SchemaUnfit
    from parlour.storage.preflight import DatabaseUnusable
    from parlour.storage.vault import VaultError

    return CannotDo, ApiError, SettingsError, EmbeddedPostgresError, DatabaseUnusable, SchemaUnfit, VaultError
