"""``parlour migrate``: brings the schema up to date without serving."""

from parlour.cli.output import note, show
from parlour.serving.signals import run
from parlour.serving.startup import database_ready
from parlour.settings import Settings
from parlour.storage import migrations


def migrate(settings: Settings, as_json: bool) -> None:
    """The database has the newest schema; says which it had before."""
    with database_ready(settings, note) as full:
        before, after = run(migrations.migrate(full.database.url or ""))
    line = f"The schema is current: {after}." if before == after else f"Schema: {before or 'none'} -> {after}."
    show(as_json, {"before": before, "after": after}, [line])
