"""Back up and restore, rehearsed: a real dump in a fresh cluster goes on as if nothing had happened."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from parlour.delivery.relay import Relay
from parlour.storage import log
from parlour.storage.database import Database
from parlour.storage.migrations import migrate
from parlour.storage.preflight import inspect
from tests.account_client import FORM, AccountClient, encoded, new_account
from tests.database import migrated_database
from tests.dumps import dump, fresh_cluster, restore
from tests.feed import EVENTS, chain, end
from tests.receiver import Receiver, receiving
from tests.server import serving

LOUD = {**FORM, "X-Twilio-Webhook-Enabled": "true"}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as listening:
        yield listening


async def send(api: AccountClient, conversation: str, *bodies: str) -> None:
    for body in bodies:
        path = f"/Conversations/{conversation}/Messages"
        answer = await api.send("POST", path, encoded({"Body": body}).encode(), LOUD)
        assert answer.status == 201, answer.body


async def told(receiver: Receiver, number: int) -> list[str]:
    return [received.parameters["Body"] for received in await receiver.take(number)]


async def unread(api: AccountClient) -> list[Any]:
    return [
        row["unread_messages_count"]
        for user in ("ann", "ben")
        for row in await api.listed(f"/Users/{user}/Conversations")
    ]


async def furnish(api: AccountClient, url: str) -> str:
    """A conversation with two readers, of which the account's webhook is told."""
    await api.post("/v1/Configuration/Webhooks", PostWebhookUrl=url, Filters="onMessageAdded")
    conversation = (await api.made("/Conversations", UniqueName="room"))["sid"]
    for identity in ("ann", "ben"):
        await api.made(f"/Conversations/{conversation}/Participants", Identity=identity)
    return str(conversation)


@pytest.mark.parametrize("adopting", ["serve", "relay"])
async def test_after_a_restore_into_another_cluster_everything_goes_on(
    postgres: str, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, adopting: str
) -> None:
    """*adopting*: the next start does it, or a server that runs already finds the database to be another one."""
    file = tmp_path / "parlour.dump"
    async with migrated_database(postgres) as original:
        async with serving(original) as parlour:
            api = await new_account(parlour)
            room = await furnish(api, receiver.url)
            await send(api, room, "1", "2", "3")
            assert await told(receiver, 3) == ["1", "2", "3"]
            await api.post(f"/Users/ann/Conversations/{room}", LastReadMessageIndex=1)
            position = await end(api)
            monkeypatch.setattr(Relay, "run_once", _nothing)
            await send(api, room, "4", "5")
            before = [event["type"] for event in (await chain(api))[0]]
            counted = await unread(api)
        before_store = await store(original)
        await dump(original, file)
    monkeypatch.undo()
    async with fresh_cluster() as url:
        await restore(file, url)
        assert (await inspect(url)).is_foreign
        if adopting == "serve":
            await migrate(url)
            assert not (await inspect(url)).is_foreign
        async with serving(url) as parlour:
            again = AccountClient(parlour, api.account, api.token, api.service)
            assert await told(receiver, 2) == ["4", "5"], "what had not been told yet"
            await send(again, room, "6", "7", "8", "9", "10")
            assert await told(receiver, 5) == ["6", "7", "8", "9", "10"]
            assert not (await inspect(url)).is_foreign
            assert await unread(again) == [None if each is None else each + 5 for each in counted]
            assert (await again.get(EVENTS, After=position, Wait=0)).refusal == (410, 20410)
            after, here = await chain(again)
            assert [event["type"] for event in after] == before + ["MessageAdded"] * 5
            await send(again, room, "11")
            assert [event["payload"]["message"]["body"] for event in (await chain(again, here))[0]] == ["11"]
            assert await told(receiver, 1) == ["11"]
            assert receiver.is_idle, "nothing is told twice"
            assert b"parlour_log_foreign 0.0" in (await again.get(again.url + "/metrics")).body
        assert await store(url) != before_store, "browsers must not go on with what they kept of the other"


async def store(url: str) -> str:
    """The store in which the database at *url* numbers its facts."""
    async with Database(url) as database, database.session() as reading:
        return (await log.newest(reading)).store


async def test_a_dump_that_replaces_the_database_it_was_made_of_is_another_store(postgres: str, tmp_path: Path) -> None:
    """Numbers are given a second time, and no transaction tells: the cluster is the same."""
    async with migrated_database(postgres) as url:
        before = await store(url)
        assert await store(url) == before
        await dump(url, tmp_path / "parlour.dump")
        connection = await asyncpg.connect(url)
        await connection.execute("drop schema public cascade; create schema public")
        await connection.close()
        await restore(tmp_path / "parlour.dump", url)
        assert await store(url) != before


async def _nothing(relay: Relay) -> bool:
    return False


async def test_a_database_that_moved_with_its_files_keeps_its_positions(postgres: str) -> None:
    """As by ``pg_upgrade``, after which the cluster has another identifier and the same transactions."""
    async with migrated_database(postgres) as url, serving(url) as parlour:
        api = await new_account(parlour)
        position = await end(api)
        connection = await asyncpg.connect(url)
        await connection.execute("update log_cluster set system_identifier = '1', written = pg_current_xact_id()")
        await migrate(url)
        known = await connection.fetchrow(
            "select system_identifier = cluster_identifier(), generation from log_cluster"
        )
        await connection.close()
        assert known is not None
        assert tuple(known) == (True, 1)
        made = await api.made("/Conversations")
        events, _ = await chain(api, position)
        assert [event["conversation_sid"] for event in events] == [made["sid"]]


async def test_a_database_that_was_restored_before_it_noted_its_cluster_is_adopted_when_it_is_migrated(
    postgres: str, receiver: Receiver, tmp_path: Path
) -> None:
    """An older parlour has served it since, and told nobody of what was sent."""
    async with migrated_database(postgres) as url:
        async with serving(url) as parlour:
            api = await new_account(parlour)
            room = await furnish(api, receiver.url)
            await send(api, room, "1")
            assert await told(receiver, 1) == ["1"]
        await dump(url, tmp_path / "dump")
    async with fresh_cluster() as url:
        await restore(tmp_path / "dump", url)
        connection = await asyncpg.connect(url)
        await connection.execute("update log_cluster set system_identifier = null")
        await connection.close()
        await migrate(url)
        async with serving(url) as parlour:
            again = AccountClient(parlour, api.account, api.token, api.service)
            await send(again, room, "2")
            assert await told(receiver, 1) == ["2"]
