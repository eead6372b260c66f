"""Counts are kept in memory, brought to the database at once, and lost neither there nor here."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parlour.compat import usage_counter as module
from parlour.compat.usage_counter import Kind, UsageCounter
from parlour.compat.usage_counts import MAX_NAMES, Subject
from parlour.core.clock import SystemClock
from parlour.core.errors import Unavailable
from parlour.storage.database import Database
from tests.account_client import AccountClient
from tests.relay import relayed


def call(api: AccountClient, *, operation: str = "ListUser", unknown: tuple[str, ...] = ()) -> Kind:
    return (api.account, operation, "curl/8.5.0", (), unknown, 0)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """What another process would have."""
    async with Database(database_url) as opened:
        yield opened


async def counts(counter: UsageCounter, api: AccountClient) -> dict[tuple[str, str], int]:
    return {(each.subject, each.name): each.count for each in await counter.of(api.account)}


async def test_what_several_processes_count_adds_up(database: Database, api: AccountClient) -> None:
    processes = [UsageCounter(database, SystemClock()) for _ in range(4)]
    for number, process in enumerate(processes, start=1):
        for _ in range(number):
            process.called(call(api))
            process.called(call(api, operation="FetchUser"))
    await asyncio.gather(*(process.flush() for process in processes))
    assert await counts(processes[0], api) == {
        ("operation", "ListUser"): 10,
        ("operation", "FetchUser"): 10,
        ("sdk", "curl 8.5.0"): 20,
    }


async def test_a_flush_takes_one_statement_and_none_without_anything_to_write(api: AccountClient) -> None:
    database, counter = api.parlour.inside.database, UsageCounter(api.parlour.inside.database, SystemClock())
    counter.called(call(api))
    counter.happened(api.account, Subject.BEYOND, ["ListUser 50003"])
    sent: list[str] = []
    database.on_statement = lambda sql: sent.append(sql) if "insert into tallies" in sql else None
    assert await counter.flush() is False
    assert await counter.flush() is False
    database.on_statement = None
    assert len(sent) == 1


async def test_first_and_last_time_are_kept(database: Database, api: AccountClient) -> None:
    counter = UsageCounter(database, api.parlour.clock)
    for _ in range(2):
        counter.called(call(api))
        await counter.flush()
    counted = next(each for each in await counter.of(api.account) if each.subject == Subject.OPERATION)
    assert counted.count == 2
    assert counted.first_at < counted.last_at


async def test_counts_of_an_account_that_is_gone_harm_nobody(database: Database, api: AccountClient) -> None:
    counter = UsageCounter(database, SystemClock())
    counter.called(("AC" + "0" * 32, "ListUser", "", (), (), 0))
    counter.called(call(api))
    assert (await counts(counter, api))["operation", "ListUser"] == 1


async def test_an_account_has_only_so_many_names_of_one_subject(database: Database, api: AccountClient) -> None:
    counter = UsageCounter(database, SystemClock())
    for start in (0, MAX_NAMES):
        for number in range(start, start + MAX_NAMES, 10):
            counter.called(call(api, unknown=tuple(f"P{number + each}" for each in range(10))))
        await counter.flush()
    counter.called(call(api, unknown=("P0",)))
    found = await counts(counter, api)
    assert sum(subject == Subject.UNKNOWN_PARAMETER for subject, _ in found) == MAX_NAMES
    assert found[Subject.UNKNOWN_PARAMETER, "ListUser P0"] == 2
    assert found["operation", "ListUser"] == 201


async def test_only_so_many_kinds_of_calls_are_told_apart_and_a_flush_is_asked_for_before(
    monkeypatch: pytest.MonkeyPatch, database: Database, api: AccountClient
) -> None:
    monkeypatch.setattr(module, "MAX_KINDS", 4)
    asked: list[bool] = []
    counter = UsageCounter(database, SystemClock(), lambda: asked.append(True))
    for number in range(10):
        counter.called(call(api, operation=f"Op{number}"))
        counter.called(call(api, operation="Op0"))
    assert asked == [True]
    found = await counts(counter, api)
    assert {name: count for (subject, name), count in found.items() if subject == "operation"} == {
        "Op0": 11, "Op1": 1, "Op2": 1, "Op3": 1,
    }  # fmt: skip


async def test_names_that_one_account_makes_up_take_no_room_from_another(
    monkeypatch: pytest.MonkeyPatch, database: Database, api: AccountClient, other_api: AccountClient
) -> None:
    monkeypatch.setattr(module, "MAX_KINDS", 4)
    counter = UsageCounter(database, SystemClock())
    for number in range(10):
        counter.called(call(api, unknown=(f"Madeup{number}",)))
        counter.happened(api.account, Subject.UNSERVED, [f"GET /v1/Madeup{number}"])
    counter.called(call(other_api))
    counter.happened(other_api.account, Subject.UNSERVED, ["GET /v1/Photos"])
    assert await counts(counter, other_api) == {
        ("operation", "ListUser"): 1,
        ("sdk", "curl 8.5.0"): 1,
        ("unserved", "GET /v1/Photos"): 1,
    }
    assert (await counts(counter, api))["operation", "ListUser"] == 4


async def test_what_could_not_be_written_takes_no_more_room_than_what_is_new(
    monkeypatch: pytest.MonkeyPatch, database_url: str, api: AccountClient, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "MAX_KINDS", 4)
    async with relayed(database_url, str(tmp_path)) as relay, Database(relay.url) as database:
        counter = UsageCounter(database, SystemClock())
        await relay.cut()
        for number in range(20):
            counter.happened(api.account, Subject.UNSERVED, [f"GET /v1/Madeup{number}"])
            with pytest.raises(Unavailable):
                await counter.flush()
        await relay.mend()
        found = await counts(counter, api)
    assert sorted(found) == [("unserved", f"GET /v1/Madeup{number}") for number in range(4)]


async def test_what_could_not_be_written_is_written_later(
    database_url: str, api: AccountClient, tmp_path: Path
) -> None:
    async with relayed(database_url, str(tmp_path)) as relay, Database(relay.url) as database:
        counter = UsageCounter(database, SystemClock())
        counter.called(call(api))
        counter.happened(api.account, Subject.UNSERVED, ["GET /v1/Photos"])
        await relay.cut()
        with pytest.raises(Unavailable):
            await counter.flush()
        await counter.finish()
        counter.called(call(api))
        await relay.mend()
        found = await counts(counter, api)
    assert found["operation", "ListUser"] == 2
    assert found["unserved", "GET /v1/Photos"] == 1


async def test_who_is_cut_off_while_writing_loses_and_doubles_nothing(database: Database, api: AccountClient) -> None:
    counter = UsageCounter(database, SystemClock())
    counter.called(call(api))
    flushing = asyncio.create_task(counter.flush())
    begun = asyncio.Event()
    database.on_statement = lambda sql: begun.set()
    await begun.wait()
    flushing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await flushing
    await counter.finish()
    assert (await counts(counter, api))["operation", "ListUser"] == 1
