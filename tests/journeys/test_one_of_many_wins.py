"""Several clients at once: gapless indices, and exactly one winner where only one can win."""

import asyncio
from collections.abc import Sequence

import pytest

from tests.house import Answer, House
from tests.journeys.plain import contradictions

ROUNDS = 6
CLIENTS = 6


async def consistent(house: House) -> None:
    assert await contradictions(house.parlour.inside.database, house.service) == {}


def winner(answers: Sequence[Answer], refusal: tuple[int, int]) -> Answer:
    """The one answer that succeeded; all others refused with *refusal*."""
    won = [answer for answer in answers if answer.status == 201]
    assert [answer.refusal for answer in answers if answer.status != 201] == [refusal] * (len(answers) - 1)
    (one,) = won
    return one


@pytest.mark.both_forms
async def test_fifty_clients_posting_into_one_conversation_get_fifty_gapless_indices(house: House) -> None:
    path = f"/Conversations/{(await house.made('/Conversations'))['sid']}/Messages"
    made = await asyncio.gather(*(house.made(path, Body=f"text {number}") for number in range(50)))
    assert sorted(row["index"] for row in made) == list(range(50))
    stored = await house.listed(path, PageSize=50)
    assert [row["index"] for row in stored] == list(range(50))
    assert {row["sid"]: row["body"] for row in stored} == {row["sid"]: row["body"] for row in made}
    await consistent(house)


async def test_posts_into_many_conversations_at_once_stay_gapless_in_each(house: House) -> None:
    paths = [f"/Conversations/{(await house.made('/Conversations'))['sid']}/Messages" for _ in range(5)]
    made = await asyncio.gather(*(house.made(path, Body="text") for _ in range(20) for path in paths))
    for number, path in enumerate(paths):
        assert sorted(row["index"] for row in made[number::5]) == list(range(20))
        assert len(await house.listed(path)) == 20
    await consistent(house)


async def test_messages_deleted_while_others_are_posted_leave_gaps_only_where_they_were(house: House) -> None:
    path = f"/Conversations/{(await house.made('/Conversations'))['sid']}/Messages"
    first = [await house.made(path, Body="text") for _ in range(10)]
    answers = await asyncio.gather(
        *(house.delete(f"{path}/{row['sid']}") for row in first[::2]),
        *(house.post(path, Body="more") for _ in range(20)),
    )
    assert [answer.status for answer in answers] == [204] * 5 + [201] * 20
    assert [row["index"] for row in await house.listed(path)] == [1, 3, 5, 7, 9, *range(10, 30)]
    await consistent(house)


@pytest.mark.both_forms
async def test_one_of_several_gets_a_unique_name(house: House) -> None:
    for number in range(ROUNDS):
        name = f"room {number}"
        answers = await asyncio.gather(*(house.post("/Conversations", UniqueName=name) for _ in range(CLIENTS)))
        won = winner(answers, (409, 50353)).row
        assert (await house.get(f"/Conversations/room%20{number}")).row == won
    assert len(await house.listed("/Conversations")) == ROUNDS
    await consistent(house)


async def test_one_of_several_gets_a_unique_name_by_renaming(house: House) -> None:
    sids = [(await house.made("/Conversations"))["sid"] for _ in range(CLIENTS)]
    for number in range(ROUNDS):
        answers = await asyncio.gather(*(house.post(f"/Conversations/{sid}", UniqueName=str(number)) for sid in sids))
        refused = [answer.refusal for answer in answers if answer.status != 200]
        assert refused == [(409, 50353)] * (CLIENTS - 1)
    await consistent(house)


@pytest.mark.both_forms
async def test_one_of_several_becomes_the_group_of_a_set_of_addresses(house: House) -> None:
    for number in range(ROUNDS):
        sids = [(await house.made("/Conversations"))["sid"] for _ in range(CLIENTS)]
        addresses = [f"+1202555{number:02}{each:02}" for each in range(3)]
        for sid in sids:
            path = f"/Conversations/{sid}/Participants"
            await house.made(path, **{"MessagingBinding.Address": addresses[0]})
            await house.made(path, **{"MessagingBinding.ProjectedAddress": addresses[1]})
        last = {"MessagingBinding.Address": addresses[2]}
        answers = await asyncio.gather(*(house.post(f"/Conversations/{sid}/Participants", **last) for sid in sids))
        won = winner(answers, (409, 50438)).row
        named = {answer.message[-34:] for answer in answers if answer.status == 409}
        assert named == {won["conversation_sid"]}
    await consistent(house)


@pytest.mark.both_forms
async def test_one_of_several_makes_a_user(house: House) -> None:
    for number in range(ROUNDS):
        identity = f"user{number}"
        answers = await asyncio.gather(*(house.post("/Users", Identity=identity) for _ in range(CLIENTS)))
        won = winner(answers, (409, 50201)).row
        assert (await house.get(f"/Users/{identity}")).row == won
    await consistent(house)


@pytest.mark.both_forms
async def test_one_of_several_adds_an_identity_to_a_conversation(house: House) -> None:
    path = f"/Conversations/{(await house.made('/Conversations'))['sid']}/Participants"
    for number in range(ROUNDS):
        answers = await asyncio.gather(*(house.post(path, Identity=f"user{number}") for _ in range(CLIENTS)))
        winner(answers, (409, 50433))
    assert len(await house.listed(path)) == len(await house.listed("/Users")) == ROUNDS
    await consistent(house)


async def test_an_identity_that_several_conversations_add_at_once_becomes_one_user(house: House) -> None:
    sids = [(await house.made("/Conversations"))["sid"] for _ in range(CLIENTS)]
    for number in range(ROUNDS):
        rows = await asyncio.gather(
            *(house.made(f"/Conversations/{sid}/Participants", Identity=f"user{number}") for sid in sids),
        )
        assert {row["identity"] for row in rows} == {f"user{number}"}
        assert len(await house.listed("/ParticipantConversations", Identity=f"user{number}")) == CLIENTS
    assert len(await house.listed("/Users")) == ROUNDS
    await consistent(house)


def pair(number: int) -> dict[str, str]:
    return {
        "MessagingBinding.Address": f"+1555000{number:04}",
        "MessagingBinding.ProxyAddress": "+15559990000",
    }


@pytest.mark.both_forms
async def test_one_of_several_conversations_gets_an_address_pair(house: House) -> None:
    sids = [(await house.made("/Conversations"))["sid"] for _ in range(CLIENTS)]
    for number in range(ROUNDS):
        answers = await asyncio.gather(
            *(house.post(f"/Conversations/{sid}/Participants", **pair(number)) for sid in sids)
        )
        won = winner(answers, (409, 50416)).row
        messages = {answer.message for answer in answers if answer.status == 409}
        assert {message.rsplit(" ", 1)[-1] for message in messages} == {won["conversation_sid"]}
    await consistent(house)


async def test_an_address_pair_goes_to_one_service_of_the_account(house: House) -> None:
    service = (await house.made("/v1/Services", FriendlyName="another"))["sid"]
    other = house.in_service(service)
    paths = [f"/Conversations/{(await one.made('/Conversations'))['sid']}/Participants" for one in (house, other)]
    for number in range(ROUNDS):
        answers = await asyncio.gather(
            *(one.post(path, **pair(number)) for one, path in zip((house, other), paths, strict=True))
        )
        winner(answers, (409, 50416))
    assert await contradictions(house.parlour.inside.database, house.service, service) == {}


async def test_a_pair_that_is_given_up_while_others_want_it_is_had_by_one_at_most(house: House) -> None:
    """Closing, deleting and leaving all free a pair; whoever asks meanwhile gets it or is told who has it."""
    for number in range(ROUNDS):
        holder = (await house.made("/Conversations"))["sid"]
        held = await house.made(f"/Conversations/{holder}/Participants", **pair(number))
        sids = [(await house.made("/Conversations"))["sid"] for _ in range(3)]
        give_up = [
            house.post(f"/Conversations/{holder}", State="closed"),
            house.delete(f"/Conversations/{holder}"),
            house.delete(f"/Conversations/{holder}/Participants/{held['sid']}"),
        ]
        freed, *answers = await asyncio.gather(
            give_up.pop(number % 3), *(house.post(f"/Conversations/{sid}/Participants", **pair(number)) for sid in sids)
        )
        for unused in give_up:
            unused.close()
        assert freed.status in (200, 204)
        assert {answer.status for answer in answers} <= {201, 409}
        assert sum(answer.status == 201 for answer in answers) <= 1
        assert {answer.refusal for answer in answers if answer.status != 201} <= {(409, 50416)}
    await consistent(house)


async def test_two_participants_that_exchange_their_pairs_never_wait_for_each_other(house: House) -> None:
    proxies = ("+15550000001", "+15550000002")
    places = []
    for proxy in proxies:
        path = f"/Conversations/{(await house.made('/Conversations'))['sid']}/Participants"
        binding = {"MessagingBinding.Address": "+15551112222", "MessagingBinding.ProxyAddress": proxy}
        places.append(f"{path}/{(await house.made(path, **binding))['sid']}")
    for _ in range(ROUNDS):
        answers = await asyncio.gather(
            *(
                house.post(place, **{"MessagingBinding.ProxyAddress": proxy})
                for place, proxy in zip(places, reversed(proxies), strict=True)
            )
        )
        assert {answer.status for answer in answers} <= {200, 409}
        assert {answer.refusal for answer in answers if answer.status != 200} <= {(409, 50416)}
        await consistent(house)


async def test_a_role_is_deleted_or_given_but_never_both(house: House) -> None:
    for number in range(ROUNDS):
        role = await house.made("/Roles", FriendlyName="r", Type="service", Permission=["editOwnUserInfo"])
        deleted, *made = await asyncio.gather(
            house.delete(f"/Roles/{role['sid']}"),
            *(house.post("/Users", Identity=f"u{number}-{each}", RoleSid=role["sid"]) for each in range(4)),
        )
        if deleted.status == 204:
            assert {answer.refusal for answer in made} == {(404, 50100)}
        else:
            assert deleted.refusal == (409, 20409)
            assert 201 in {answer.status for answer in made}
        assert {answer.status for answer in made} <= {201, 404}
        await consistent(house)


async def test_a_conversation_role_is_deleted_or_given_but_never_both(house: House) -> None:
    path = f"/Conversations/{(await house.made('/Conversations'))['sid']}/Participants"
    await house.made(path, Identity="changing")
    for number in range(ROUNDS):
        role = await house.made("/Roles", FriendlyName="r", Type="conversation", Permission=["editOwnUserInfo"])
        deleted, changed, *made = await asyncio.gather(
            house.delete(f"/Roles/{role['sid']}"),
            house.post(f"{path}/changing", RoleSid=role["sid"]),
            *(house.post(path, Identity=f"u{number}-{each}", RoleSid=role["sid"]) for each in range(3)),
        )
        if deleted.status == 204:
            assert {answer.refusal for answer in (changed, *made)} == {(404, 50109)}
        else:
            assert deleted.refusal == (409, 20409)
        assert {answer.status for answer in made} <= {201, 404}
        await consistent(house)
