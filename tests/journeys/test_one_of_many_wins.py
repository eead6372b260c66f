"""Several clients at once: gapless indices, and exactly one winner where only one can win."""

import asyncio
from collections.abc import Sequence

import pytest

from tests.account_client import AccountClient, Answer
from tests.journeys.plain import contradictions

ROUNDS = 6
CLIENTS = 6


async def consistent(api: AccountClient) -> None:
    assert await contradictions(api.parlour.inside.database, api.service) == {}


def winner(answers: Sequence[Answer], refusal: tuple[int, int]) -> Answer:
    """The one answer that succeeded; all others refused with *refusal*."""
    won = [answer for answer in answers if answer.status == 201]
    assert [answer.refusal for answer in answers if answer.status != 201] == [refusal] * (len(answers) - 1)
    (one,) = won
    return one


@pytest.mark.both_forms
async def test_fifty_clients_posting_into_one_conversation_get_fifty_gapless_indices(api: AccountClient) -> None:
    path = f"/Conversations/{(await api.made('/Conversations'))['sid']}/Messages"
    made = await asyncio.gather(*(api.made(path, Body=f"text {number}") for number in range(50)))
    assert sorted(row["index"] for row in made) == list(range(50))
    stored = await api.listed(path, PageSize=50)
    assert [row["index"] for row in stored] == list(range(50))
    assert {row["sid"]: row["body"] for row in stored} == {row["sid"]: row["body"] for row in made}
    await consistent(api)


async def test_posts_into_many_conversations_at_once_stay_gapless_in_each(api: AccountClient) -> None:
    paths = [f"/Conversations/{(await api.made('/Conversations'))['sid']}/Messages" for _ in range(5)]
    made = await asyncio.gather(*(api.made(path, Body="text") for _ in range(20) for path in paths))
    for number, path in enumerate(paths):
        assert sorted(row["index"] for row in made[number::5]) == list(range(20))
        assert len(await api.listed(path)) == 20
    await consistent(api)


async def test_messages_deleted_while_others_are_posted_leave_gaps_only_where_they_were(api: AccountClient) -> None:
    path = f"/Conversations/{(await api.made('/Conversations'))['sid']}/Messages"
    first = [await api.made(path, Body="text") for _ in range(10)]
    answers = await asyncio.gather(
        *(api.delete(f"{path}/{row['sid']}") for row in first[::2]),
        *(api.post(path, Body="more") for _ in range(20)),
    )
    assert [answer.status for answer in answers] == [204] * 5 + [201] * 20
    assert [row["index"] for row in await api.listed(path)] == [1, 3, 5, 7, 9, *range(10, 30)]
    await consistent(api)


@pytest.mark.both_forms
async def test_one_of_several_gets_a_unique_name(api: AccountClient) -> None:
    for number in range(ROUNDS):
        name = f"room {number}"
        answers = await asyncio.gather(*(api.post("/Conversations", UniqueName=name) for _ in range(CLIENTS)))
        won = winner(answers, (409, 50353)).row
        assert (await api.get(f"/Conversations/room%20{number}")).row == won
    assert len(await api.listed("/Conversations")) == ROUNDS
    await consistent(api)


async def test_one_of_several_gets_a_unique_name_by_renaming(api: AccountClient) -> None:
    sids = [(await api.made("/Conversations"))["sid"] for _ in range(CLIENTS)]
    for number in range(ROUNDS):
        answers = await asyncio.gather(*(api.post(f"/Conversations/{sid}", UniqueName=str(number)) for sid in sids))
        refused = [answer.refusal for answer in answers if answer.status != 200]
        assert refused == [(409, 50353)] * (CLIENTS - 1)
    await consistent(api)


@pytest.mark.both_forms
async def test_one_of_several_becomes_the_group_of_a_set_of_addresses(api: AccountClient) -> None:
    for number in range(ROUNDS):
        sids = [(await api.made("/Conversations"))["sid"] for _ in range(CLIENTS)]
        addresses = [f"+1202555{number:02}{each:02}" for each in range(3)]
        for sid in sids:
            path = f"/Conversations/{sid}/Participants"
            await api.made(path, **{"MessagingBinding.Address": addresses[0]})
            await api.made(path, **{"MessagingBinding.ProjectedAddress": addresses[1]})
        last = {"MessagingBinding.Address": addresses[2]}
        answers = await asyncio.gather(*(api.post(f"/Conversations/{sid}/Participants", **last) for sid in sids))
        won = winner(answers, (409, 50438)).row
        named = {answer.message[-34:] for answer in answers if answer.status == 409}
        assert named == {won["conversation_sid"]}
    await consistent(api)


@pytest.mark.both_forms
async def test_one_of_several_makes_a_user(api: AccountClient) -> None:
    for number in range(ROUNDS):
        identity = f"user{number}"
        answers = await asyncio.gather(*(api.post("/Users", Identity=identity) for _ in range(CLIENTS)))
        won = winner(answers, (409, 50201)).row
        assert (await api.get(f"/Users/{identity}")).row == won
    await consistent(api)


@pytest.mark.both_forms
async def test_one_of_several_adds_an_identity_to_a_conversation(api: AccountClient) -> None:
    path = f"/Conversations/{(await api.made('/Conversations'))['sid']}/Participants"
    for number in range(ROUNDS):
        answers = await asyncio.gather(*(api.post(path, Identity=f"user{number}") for _ in range(CLIENTS)))
        winner(answers, (409, 50433))
    assert len(await api.listed(path)) == len(await api.listed("/Users")) == ROUNDS
    await consistent(api)


async def test_an_identity_that_several_conversations_add_at_once_becomes_one_user(api: AccountClient) -> None:
    sids = [(await api.made("/Conversations"))["sid"] for _ in range(CLIENTS)]
    for number in range(ROUNDS):
        rows = await asyncio.gather(
            *(api.made(f"/Conversations/{sid}/Participants", Identity=f"user{number}") for sid in sids),
        )
        assert {row["identity"] for row in rows} == {f"user{number}"}
        assert len(await api.listed("/ParticipantConversations", Identity=f"user{number}")) == CLIENTS
    assert len(await api.listed("/Users")) == ROUNDS
    await consistent(api)


def pair(number: int) -> dict[str, str]:
    return {
        "MessagingBinding.Address": f"+1555000{number:04}",
        "MessagingBinding.ProxyAddress": "+15559990000",
    }


@pytest.mark.both_forms
async def test_one_of_several_conversations_gets_an_address_pair(api: AccountClient) -> None:
    sids = [(await api.made("/Conversations"))["sid"] for _ in range(CLIENTS)]
    for number in range(ROUNDS):
        answers = await asyncio.gather(
            *(api.post(f"/Conversations/{sid}/Participants", **pair(number)) for sid in sids)
        )
        won = winner(answers, (409, 50416)).row
        messages = {answer.message for answer in answers if answer.status == 409}
        assert {message.rsplit(" ", 1)[-1] for message in messages} == {won["conversation_sid"]}
    await consistent(api)


async def test_an_address_pair_goes_to_one_service_of_the_account(api: AccountClient) -> None:
    service = (await api.made("/v1/Services", FriendlyName="another"))["sid"]
    other = api.in_service(service)
    paths = [f"/Conversations/{(await one.made('/Conversations'))['sid']}/Participants" for one in (api, other)]
    for number in range(ROUNDS):
        answers = await asyncio.gather(
            *(one.post(path, **pair(number)) for one, path in zip((api, other), paths, strict=True))
        )
        winner(answers, (409, 50416))
    assert await contradictions(api.parlour.inside.database, api.service, service) == {}


async def test_a_pair_that_is_given_up_while_others_want_it_is_had_by_one_at_most(api: AccountClient) -> None:
    """Closing, deleting and leaving all free a pair; whoever asks meanwhile gets it or is told who has it."""
    for number in range(ROUNDS):
        holder = (await api.made("/Conversations"))["sid"]
        held = await api.made(f"/Conversations/{holder}/Participants", **pair(number))
        sids = [(await api.made("/Conversations"))["sid"] for _ in range(3)]
        give_up = [
            api.post(f"/Conversations/{holder}", State="closed"),
            api.delete(f"/Conversations/{holder}"),
            api.delete(f"/Conversations/{holder}/Participants/{held['sid']}"),
        ]
        freed, *answers = await asyncio.gather(
            give_up.pop(number % 3), *(api.post(f"/Conversations/{sid}/Participants", **pair(number)) for sid in sids)
        )
        for unused in give_up:
            unused.close()
        assert freed.status in (200, 204)
        assert {answer.status for answer in answers} <= {201, 409}
        assert sum(answer.status == 201 for answer in answers) <= 1
        assert {answer.refusal for answer in answers if answer.status != 201} <= {(409, 50416)}
    await consistent(api)


async def test_two_participants_that_exchange_their_pairs_never_wait_for_each_other(api: AccountClient) -> None:
    proxies = ("+15550000001", "+15550000002")
    places = []
    for proxy in proxies:
        path = f"/Conversations/{(await api.made('/Conversations'))['sid']}/Participants"
        binding = {"MessagingBinding.Address": "+15551112222", "MessagingBinding.ProxyAddress": proxy}
        places.append(f"{path}/{(await api.made(path, **binding))['sid']}")
    for _ in range(ROUNDS):
        answers = await asyncio.gather(
            *(
                api.post(place, **{"MessagingBinding.ProxyAddress": proxy})
                for place, proxy in zip(places, reversed(proxies), strict=True)
            )
        )
        assert {answer.status for answer in answers} <= {200, 409}
        assert {answer.refusal for answer in answers if answer.status != 200} <= {(409, 50416)}
        await consistent(api)


async def test_a_role_is_deleted_or_given_but_never_both(api: AccountClient) -> None:
    for number in range(ROUNDS):
        role = await api.made("/Roles", FriendlyName="r", Type="service", Permission=["editOwnUserInfo"])
        deleted, *made = await asyncio.gather(
            api.delete(f"/Roles/{role['sid']}"),
            *(api.post("/Users", Identity=f"u{number}-{each}", RoleSid=role["sid"]) for each in range(4)),
        )
        if deleted.status == 204:
            assert {answer.refusal for answer in made} == {(404, 50100)}
        else:
            assert deleted.refusal == (409, 20409)
            assert 201 in {answer.status for answer in made}
        assert {answer.status for answer in made} <= {201, 404}
        await consistent(api)


async def test_a_conversation_role_is_deleted_or_given_but_never_both(api: AccountClient) -> None:
    path = f"/Conversations/{(await api.made('/Conversations'))['sid']}/Participants"
    await api.made(path, Identity="changing")
    for number in range(ROUNDS):
        role = await api.made("/Roles", FriendlyName="r", Type="conversation", Permission=["editOwnUserInfo"])
        deleted, changed, *made = await asyncio.gather(
            api.delete(f"/Roles/{role['sid']}"),
            api.post(f"{path}/changing", RoleSid=role["sid"]),
            *(api.post(path, Identity=f"u{number}-{each}", RoleSid=role["sid"]) for each in range(3)),
        )
        if deleted.status == 204:
            assert {answer.refusal for answer in (changed, *made)} == {(404, 50109)}
        else:
            assert deleted.refusal == (409, 20409)
        assert {answer.status for answer in made} <= {201, 404}
        await consistent(api)
