"""Users, conversations and services go away while others post, join, read and leave: nothing breaks or is left."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from tests.account_client import NOT_FOUND, AccountClient, Answer
from tests.journeys.plain import contradictions

ROUNDS = 10

CLOSED = (400, 50377)
TAKEN = {(409, 50433), (409, 50416), (409, 50201), (409, 50353)}
"""Somebody else has the identity, the pair or the name."""

LEFT_BEHIND = """
select what, count(*) from (
  select 'role' as what, service_sid from roles union all select 'user', service_sid from users
  union all select 'conversation', service_sid from conversations
  union all select 'participant', service_sid from participants
  union all select 'pair', service_sid from address_pairs union all select 'message', service_sid from messages
  union all select 'tombstone', service_sid from tombstones union all select 'receipt', service_sid from receipts
  union all select 'webhook', service_sid from conversation_webhooks
) as everything where service_sid = $1 group by what
"""

Requests = list[Coroutine[Any, Any, Answer]]


async def at_once(*requests: Coroutine[Any, Any, Answer], refusals: set[tuple[int, int]]) -> list[Answer]:
    """The answers; none is a fault, and each refusal is one of those that may be."""
    answers = await asyncio.gather(*requests)
    assert {answer.refusal for answer in answers if answer.status >= 400} <= refusals
    return answers


async def consistent(api: AccountClient) -> None:
    assert await contradictions(api.parlour.inside.database, api.service) == {}


def pair(number: int) -> dict[str, str]:
    return {
        "MessagingBinding.Address": f"+1555000{number:04}",
        "MessagingBinding.ProxyAddress": "+15559990000",
    }


async def furnished(api: AccountClient, conversations: int, *users: str) -> list[str]:
    """The paths of conversations in which the users take part and somebody has spoken."""
    paths = []
    for _ in range(conversations):
        path = f"/Conversations/{(await api.made('/Conversations'))['sid']}"
        for user in users:
            await api.made(path + "/Participants", Identity=user)
        await api.made(path + "/Messages", Body="text")
        paths.append(path)
    return paths


def doings(api: AccountClient, path: str, user: str, number: int) -> Requests:
    """Everything that people do in a conversation."""
    mine = f"/Users/{user}{path}"
    return [
        api.post(path + "/Messages", Body="one", Author=user),
        api.post(path + "/Participants", Identity=f"guest{number}"),
        api.post(mine, LastReadMessageIndex=1),
        api.post(path + "/Messages", Body="two", Author=user),
        api.post(path + "/Participants", **pair(number)),
        api.post(f"{path}/Participants/{user}", LastReadMessageIndex=0),
        api.post(path, FriendlyName="renamed"),
        api.post(path + "/Webhooks", Target="studio", **{"Configuration.FlowSid": f"FW{number:032}"}),
        api.get(mine),
        api.get(f"/Users/{user}/Conversations"),
        api.get("/ParticipantConversations", Identity=user),
        api.get(path + "/Messages"),
        api.get(path + "/Participants"),
    ]


async def spread(
    api: AccountClient,
    removal: Coroutine[Any, Any, Answer],
    others: Requests,
    refusals: set[tuple[int, int]],
    at: int,
) -> Answer:
    """Sends *others* with the removal in their midst, at the place *at*; returns the removal's answer."""
    place = at % (len(others) + 1)
    answers = await at_once(*others[:place], removal, *others[place:], refusals=refusals)
    await consistent(api)
    return answers[place]


async def test_a_user_is_deleted_while_others_use_its_conversations(api: AccountClient) -> None:
    for number in range(ROUNDS):
        paths = await furnished(api, 3, "dana", "lee")
        others = [each for path in paths for each in doings(api, path, "lee", number)]
        others += [api.post(path + "/Participants", Identity="dana") for path in paths]
        gone = await spread(api, api.delete("/Users/dana"), others, {NOT_FOUND, *TAKEN}, number * 5)
        assert gone.status == 204
        await api.delete("/Users/dana")
    assert (await api.get("/ParticipantConversations", Identity="dana")).rows == []
    await consistent(api)


async def test_a_user_is_deleted_by_several_while_it_joins_and_reads(api: AccountClient) -> None:
    for number in range(ROUNDS):
        paths = await furnished(api, 3, "dana")
        removals = [api.delete("/Users/dana") for _ in range(3)]
        joining = [api.post(path + "/Participants", Identity="dana") for path in paths]
        reading = [api.post(f"/Users/dana{path}", LastReadMessageIndex=0) for path in paths]
        leaving = [api.delete(f"{path}/Participants/dana") for path in paths]
        mixed = [each for group in zip(removals, joining, reading, leaving, strict=True) for each in group]
        turned = mixed[number:] + mixed[:number]
        answers = await at_once(*turned, refusals={NOT_FOUND, *TAKEN})
        assert any(answer.status == 204 for answer in answers)
        await consistent(api)


async def test_users_are_deleted_that_share_their_conversations(api: AccountClient) -> None:
    """Each holds its user and wants all conversations, which the others want, too."""
    users = [f"user{number}" for number in range(4)]
    for _ in range(ROUNDS):
        await furnished(api, 4, *users)
        answers = await at_once(*(api.delete(f"/Users/{user}") for user in users), refusals=set())
        assert {answer.status for answer in answers} == {204}
        await consistent(api)


async def test_a_conversation_is_deleted_while_others_use_it(api: AccountClient) -> None:
    for number in range(ROUNDS):
        (path,) = await furnished(api, 1, "dana", "lee")
        others = doings(api, path, "lee", number) + doings(api, path, "dana", number)
        gone = await spread(api, api.delete(path), others, {NOT_FOUND, *TAKEN}, number * 3)
        assert gone.status == 204
        assert (await api.get(path)).refusal == NOT_FOUND
    await consistent(api)


async def test_a_conversation_is_closed_while_others_use_it(api: AccountClient) -> None:
    for number in range(ROUNDS):
        (path,) = await furnished(api, 1, "dana", "lee")
        others = doings(api, path, "lee", number)
        closing = await spread(
            api,
            api.post(path, State="closed"),
            others,
            {CLOSED, *TAKEN},
            number * 2,
        )
        assert closing.status == 200
        before = await api.listed(path + "/Messages")
        assert (await api.post(path + "/Messages", Body="late")).refusal == CLOSED
        assert await api.listed(path + "/Messages") == before
        await api.delete(path)


async def test_a_conversation_and_a_user_in_it_are_deleted_at_once(api: AccountClient) -> None:
    for _ in range(ROUNDS):
        paths = await furnished(api, 3, "dana", "lee")
        answers = await at_once(
            api.delete("/Users/dana"),
            *(api.delete(path) for path in paths),
            api.delete("/Users/lee"),
            refusals=set(),
        )
        assert {answer.status for answer in answers} == {204}
        await consistent(api)
    assert await api.listed("/Users") == []


async def test_a_service_is_deleted_while_others_use_it(api: AccountClient) -> None:
    for number in range(ROUNDS):
        service = api.in_service((await api.made("/v1/Services", FriendlyName="short-lived"))["sid"])
        paths = await furnished(service, 3, "dana", "lee")
        role = await service.made("/Roles", FriendlyName="r", Type="service", Permission=["editOwnUserInfo"])
        others = [each for path in paths for user in ("dana", "lee") for each in doings(service, path, user, number)]
        others += [
            service.post("/Conversations", UniqueName="new"),
            service.post("/Users", Identity="new", RoleSid=role["sid"]),
            service.delete(f"/Roles/{role['sid']}"),
            service.post("/Users/dana", RoleSid=role["sid"]),
            service.delete("/Users/lee"),
            service.delete(paths[0]),
            service.post("/Roles", FriendlyName="s", Type="service", Permission=["editOwnUserInfo"]),
        ]
        others = others[number:] + others[:number]
        missing = {NOT_FOUND, (404, 50100), (409, 20409)}  # a role that is deleted, or in use
        gone = await spread(
            service,
            api.delete(f"/v1/Services/{service.service}"),
            others,
            {*missing, *TAKEN},
            number * 9,
        )
        assert gone.status == 204
        async with api.parlour.inside.database.session() as reading:
            assert await reading.fetch(LEFT_BEHIND, service.service) == []
        assert (await api.get(f"/v1/Services/{service.service}")).refusal == NOT_FOUND
