"""What a log-in costs: a few statements, whatever number of conversations the user takes part in."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from tests.access_tokens import token_for
from tests.account_client import AccountClient
from tests.realtime.rooms import copies_of, objects_of, room_with, user_sid
from tests.twilsock import Answer, Twilsock, connected

MAX_STATEMENTS = 25
FIRST_CALL, FURTHER_CALLS = 100, 1000
"""Subscriptions in one call, as the SDK makes them: it learns of the larger number by the first answer."""


async def rows(calls: Sequence[asyncio.Future[Answer]]) -> list[Any]:
    return [answer.row for answer in await asyncio.gather(*calls)]


def reads(client: Twilsock, paths: Sequence[str], **params: object) -> list[asyncio.Future[Answer]]:
    """Sends all of them at once."""
    return [asyncio.ensure_future(client.get(path, **params)) for path in paths]


async def log_in(client: Twilsock, user: str) -> int:
    """What the SDK asks for, in its order; the number of conversations that it opened."""
    mine = f"MP{user}.my_conversations"
    listed, own, shown, _ = await rows(
        [
            *reads(client, ["/Client/v2/MyConversations", f"/v3/Maps/{mine}"]),
            *reads(client, [f"/v3/Maps/MPusers.{user}"], Include="items"),
            *reads(client, ["/Client/v2/Configuration"]),
        ]
    )
    wanted = [(each["sid"], "map", each["last_event_id"]) for each in (own, shown)]
    rooms = [each["conversation_sid"] for each in listed["conversations"]]
    for kind, name in (("document", "channel"), ("list", "messages"), ("map", "roster")):
        sids = [objects_of(str(room))[name][0] for room in rooms]
        found = await rows(reads(client, [f"/v3/{kind.capitalize()}s/{sid}" for sid in sids]))
        wanted += [(each["sid"], kind, each["last_event_id"]) for each in found]
    rosters = [f"/v3/Maps/{objects_of(str(room))['roster'][0]}/Items" for room in rooms]
    for page in await rows(reads(client, rosters, PageSize=50, Order="asc")):
        assert len(page["items"]) == 2
    outcomes: dict[str, Any] = {}
    for some in [
        wanted[:FIRST_CALL],
        *(wanted[at : at + FURTHER_CALLS] for at in range(FIRST_CALL, len(wanted), FURTHER_CALLS)),
    ]:
        replayed, came = await client.subscribe_all(some)
        assert replayed == []
        outcomes.update(came)
    assert {each["event_type"] for each in outcomes.values()} == {"subscription_established"}
    assert len(outcomes) == 2 + 3 * len(rooms)
    return len(rooms)


@pytest.mark.parametrize("number", [10, 1000])
async def test_a_log_in_costs_few_statements(api: AccountClient, number: int) -> None:
    room = await room_with(api, "alice", "bob", messages=1)
    await copies_of(api, room, number - 1)
    token, user = await token_for(api, "alice"), await user_sid(api, "alice")
    with api.statements() as sent:
        async with connected(api.parlour, token) as client:
            assert await log_in(client, user) == number
    assert len(sent) <= MAX_STATEMENTS, "\n".join(statement.strip()[:150] for statement in sent)
