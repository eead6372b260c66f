"""``parlour clock``: shows the time, and moves it where that can be done."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.cli.running import RunCommand, Serve, Serving

NOON = "2031-05-01T12:00:00Z"


def now(document: Any) -> datetime:
    return datetime.fromisoformat(document["now"])


def test_the_machines_clock_is_shown_and_not_moved(command: RunCommand, data: Path) -> None:
    before, shown, after = datetime.now(UTC), command("clock", "show", "--json", data=data).document, datetime.now(UTC)
    assert before <= now(shown) <= after
    assert (shown["type"], shown["frozen"], shown["offset"]) == ("system", False, 0)
    refused = command("clock", "advance", "PT1H", data=data)
    assert refused.status == 1
    assert "PARLOUR_CLOCK=virtual" in refused.err


def test_a_virtual_clock_goes_where_it_is_sent(command: RunCommand, own_database: str, folder: Path) -> None:
    where: dict[str, str | Path] = {"database_url": own_database, "data": folder, "clock": "virtual"}
    assert command("account", "create", database_url=own_database, data=folder).status == 0

    def said(*words: str) -> Any:
        return command("clock", *words, "--json", **where).document

    assert now(said("freeze", NOON)) == now(said("show")) == datetime(2031, 5, 1, 12, tzinfo=UTC)
    assert command("clock", "show", **where).out == "2031-05-01 12:00:00 UTC. It stands still.\n"
    assert now(said("advance", "P1DT1H")) == datetime(2031, 5, 2, 13, tzinfo=UTC)
    assert now(said("set", "2030-01-01")) == datetime(2030, 1, 1, tzinfo=UTC)
    resumed = said("resume")
    assert not resumed["frozen"]
    assert timedelta() <= now(resumed) - datetime(2030, 1, 1, tzinfo=UTC) < timedelta(minutes=1)
    assert said("freeze")["frozen"]


def test_what_a_clock_does_not_take_is_answered_with_what_it_takes(
    command: RunCommand, own_database: str, folder: Path
) -> None:
    where: dict[str, str | Path] = {"database_url": own_database, "data": folder, "clock": "virtual"}
    assert command("account", "create", database_url=own_database, data=folder).status == 0
    wrong = command("clock", "advance", "1 hour", "--json", **where)
    longer = "longer than nothing and up to the year 3000, such as PT1H or P30D"
    said = f"advance takes a duration in ISO 8601, {longer}; 1 hour is none."
    assert (wrong.status, wrong.document) == (1, {"error": said})
    late = command("clock", "set", "4000-01-01", **where)
    said = "set takes a moment in ISO 8601 from 1970 to 3000, such as 2026-05-01T12:00:00Z; 4000-01-01 is none."
    assert (late.status, late.err) == (1, f"parlour: {said}\n")


def test_the_clock_of_a_server_is_the_one_that_is_shown_and_moved(
    serve: Serve, command: RunCommand, own_database: str, folder: Path
) -> None:
    serving = serve("--data", str(folder / "key"), "--clock", "virtual", database_url=own_database)
    token = ("--auth-token", serving.token)
    assert command("clock", "freeze", NOON, *token).out == "2031-05-01 12:00:00 UTC. It stands still.\n"
    assert command("clock", "show", *token).out == "2031-05-01 12:00:00 UTC. It stands still.\n"
    late = command("clock", "set", "4000-01-01", *token)
    assert late.err.startswith("parlour: set takes a moment in ISO 8601 from 1970 to 3000")
    serving.process.terminate()
    serving.rest()
    where: dict[str, str | Path] = {"database_url": own_database, "data": folder / "key"}
    shown = command("clock", "show", "--json", **where).document
    assert (shown["type"], shown["frozen"], now(shown)) == ("virtual", True, datetime(2031, 5, 1, 12, tzinfo=UTC))


def test_the_machines_clock_of_a_server_is_not_moved(one_server: Serving, command: RunCommand) -> None:
    refused = command("clock", "advance", "PT1H")
    assert (refused.status, refused.out) == (1, "")
    assert "PARLOUR_CLOCK=virtual" in refused.err
