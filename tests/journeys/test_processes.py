"""Several processes on one database are one parlour."""

import asyncio
from dataclasses import replace

import aiohttp

from parlour.storage.database import Database
from tests.journeys.conftest import Start, account_of
from tests.journeys.plain import contradictions

PAIR = {"MessagingBinding.Address": "+15550001000", "MessagingBinding.ProxyAddress": "+15559990000"}


async def test_processes_on_one_database_behave_as_one(
    start: Start, own_database: str, client: aiohttp.ClientSession
) -> None:
    """One process alone and one with two workers; every request may reach any of the three."""
    first = account_of(await start("--database-url", own_database), client)
    second = account_of(await start("--database-url", own_database, "--workers", "2"), client)
    assert first.account == second.account
    second = replace(second, token=first.token)  # which only the one that made the account shows
    accounts = [first, second] * 15

    room = await first.made("/Conversations", UniqueName="room")
    path = f"/Conversations/{room['sid']}"
    assert (await second.get("/Conversations/room")).row["sid"] == room["sid"]

    made = await asyncio.gather(*(api.made(path + "/Messages", Body="text") for api in accounts))
    assert sorted(row["index"] for row in made) == list(range(len(accounts)))

    for number in range(3):
        for where, form, refusal in [
            ("/Conversations", {"UniqueName": f"name{number}"}, (409, 50353)),
            ("/Users", {"Identity": f"user{number}"}, (409, 50201)),
            (path + "/Participants", {"Identity": f"member{number}"}, (409, 50433)),
            (path + "/Participants", {**PAIR, "MessagingBinding.Address": f"+155500010{number:02}"}, (409, 50416)),
        ]:
            answers = await asyncio.gather(*(api.post(where, **form) for api in accounts[:6]))
            assert sorted(answer.status for answer in answers) == [201] + [409] * 5
            assert {answer.refusal for answer in answers if answer.status == 409} == {refusal}

    moved = await asyncio.gather(
        *(api.post(f"/Users/member0{path}", LastReadMessageIndex=n) for n, api in enumerate(accounts))
    )
    assert {answer.status for answer in moved} == {200}
    rows = [(await api.get("/Users/member0/Conversations")).rows[0] for api in (first, second)]
    assert rows[0]["unread_messages_count"] == len(accounts) - 1 - rows[0]["last_read_message_index"]
    assert rows[0]["last_read_message_index"] == rows[1]["last_read_message_index"]

    page = await first.get(path + "/Messages", PageSize=10)
    following = page.meta["next_page_url"].replace(first.url, second.url)
    assert [row["index"] for row in (await second.get(following)).rows] == list(range(10, 20))

    async with Database(own_database, connections=1) as database:
        assert await contradictions(database, room["chat_service_sid"]) == {}
