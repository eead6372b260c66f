"""Conversations made with their participants: many at once, by several processes, and by one that dies over it."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp

from parlour.storage.database import Database
from tests.account_client import AccountClient
from tests.journeys.conftest import Start, account_of
from tests.journeys.plain import contradictions

PATH = "/ConversationWithParticipants"


def phone(number: int, proxy: int = 0) -> str:
    return json.dumps(
        {"messaging_binding": {"address": f"+1555000{number:04}", "proxy_address": f"+1555999{proxy:04}"}}
    )


def person(identity: str) -> str:
    return json.dumps({"identity": identity})


async def settled(api: AccountClient, sid: str) -> dict[str, Any]:
    """The conversation when it is not being put together any more."""
    async with asyncio.timeout(30):
        while True:
            row = (await api.get(f"/Conversations/{sid}")).row
            if row["state"] != "initializing":
                return row


async def test_one_of_several_gets_the_pairs_in_whatever_order_they_are_given(api: AccountClient) -> None:
    for number in range(0, 12, 2):
        pairs = [phone(number), phone(number + 1)]
        answers = await asyncio.gather(
            *(api.post(PATH, Participant=pairs if turn % 2 else pairs[::-1]) for turn in range(6))
        )
        assert sorted(answer.status for answer in answers) == [202] + [409] * 5
        assert {answer.refusal for answer in answers if answer.status == 409} == {(409, 50425)}
        (made,) = [answer.row for answer in answers if answer.status == 202]
        assert (await settled(api, made["sid"]))["state"] == "active"
    assert await contradictions(api.parlour.inside.database, api.service) == {}


async def test_the_same_people_come_into_many_conversations_at_once(api: AccountClient) -> None:
    """While others delete some of these, and the users of some."""
    people = [person(f"person {number}") for number in range(5)]
    answers = await asyncio.gather(
        *(api.post(PATH, Participant=people if turn % 2 else people[::-1]) for turn in range(20))
    )
    sids = [answer.row["sid"] for answer in answers]
    removed = await asyncio.gather(
        *(api.delete(f"/Conversations/{sid}") for sid in sids[:5]), api.delete("/Users/person%200")
    )
    assert [answer.status for answer in removed[:5]] == [204] * 5
    for sid in sids[5:]:
        assert (await settled(api, sid))["state"] == "active"
        identities = {row["identity"] for row in await api.listed(f"/Conversations/{sid}/Participants")}
        assert identities >= {f"person {number}" for number in range(1, 5)}
    assert await contradictions(api.parlour.inside.database, api.service) == {}


async def test_processes_share_what_is_to_be_put_together(
    start: Start, own_database: str, client: aiohttp.ClientSession
) -> None:
    """Each conversation is completed once, whichever process was asked for it."""
    first = account_of(await start("--database-url", own_database), client)
    second = replace(
        account_of(await start("--database-url", own_database, "--workers", "2"), client), token=first.token
    )
    answers = await asyncio.gather(
        *(
            api.post(PATH, Participant=[person("dana"), person(f"person {turn}"), phone(turn)])
            for turn in range(20)
            for api in [first if turn % 2 else second]
        )
    )
    for answer in answers:
        row = await settled(first, answer.row["sid"])
        assert row["state"] == "active"
        assert len(await second.listed(f"/Conversations/{row['sid']}/Participants")) == 3
    async with Database(own_database, connections=1) as database:
        assert await contradictions(database, answers[0].row["chat_service_sid"]) == {}


async def test_what_a_killed_process_left_behind_is_completed_at_the_next_start(
    start: Start, folder: Path, client: aiohttp.ClientSession
) -> None:
    serving = await start()
    api = account_of(serving, client)
    socket = folder / "data" / "postgresql" / "socket"
    async with Database(f"postgresql://parlour@/parlour?host={socket}&port=5432", connections=1) as database:
        async with database.session() as held:
            await held.execute("begin")
            await held.execute("lock table participants in share mode")  # the turn comes this far and no further
            made = (await api.post(PATH, Participant=[person("dana"), phone(1)], State="inactive")).row
            assert (await api.get(f"/Conversations/{made['sid']}")).row["state"] == "initializing"
            serving.process.kill()
            await asyncio.to_thread(serving.process.wait)
            await held.execute("rollback")

        api = account_of(await start(), client)
        row = await settled(api, made["sid"])
        assert (row["state"], row["date_created"]) == ("inactive", made["date_created"])
        participants = await api.listed(f"/Conversations/{made['sid']}/Participants")
        assert [each["identity"] for each in participants] == ["dana", None]
        assert await contradictions(database, made["chat_service_sid"]) == {}
