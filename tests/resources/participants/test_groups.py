"""Group MMS: when a conversation is one, what it must be then, and that each set of addresses is there once."""

import asyncio
import json
from typing import Any

import pytest

from tests.account_client import AccountClient, Answer
from tests.journeys.plain import contradictions

pytestmark = pytest.mark.both_forms

PATH = "/Conversations/talk/Participants"
DESK = "+12025550100"
NATIVES = ["+12025550101", "+12025550102", "+12025550103"]
DANA = {"Identity": "dana", "MessagingBinding.ProjectedAddress": DESK}


def native(address: str) -> dict[str, str]:
    return {"MessagingBinding.Address": address}


def projected(address: str) -> dict[str, str]:
    return {"MessagingBinding.ProjectedAddress": address}


def pair(address: str, proxy: str = "+12025550199") -> dict[str, str]:
    return {"MessagingBinding.Address": address, "MessagingBinding.ProxyAddress": proxy}


async def group(api: AccountClient, name: str, *participants: dict[str, str]) -> str:
    """The SID of a new conversation with these participants."""
    sid = str((await api.made("/Conversations", UniqueName=name))["sid"])
    for each in participants:
        await api.made(f"/Conversations/{name}/Participants", **each)
    return sid


def taken(answer: Answer, sid: str) -> bool:
    """Whether the set of addresses is refused as that of the conversation with *sid*."""
    text = f"Group MMS with given participant list already exists as Conversation {sid}"
    return (answer.refusal, answer.message) == ((409, 50438), text)


async def test_natives_and_users_with_projected_addresses_are_shown_as_what_they_are(api: AccountClient) -> None:
    await group(api, "talk", native(NATIVES[0]), DANA, projected("+12025550110"))
    rows = await api.listed(PATH)
    assert [(row["identity"], row["messaging_binding"]) for row in rows] == [
        (None, {"type": "sms", "address": NATIVES[0]}),
        ("dana", {"type": "sms", "projected_address": DESK}),
        (None, {"type": "sms", "projected_address": "+12025550110"}),
    ]
    assert [row["role_sid"] is None for row in rows] == [True, False, True]
    (found,) = await api.listed("/ParticipantConversations", Identity="dana")
    assert found["participant_messaging_binding"] == {
        "address": None, "proxy_address": None, "type": "sms", "level": None, "name": None, "projected_address": DESK,
    }  # fmt: skip
    (found,) = await api.listed("/ParticipantConversations", Address=NATIVES[0])
    assert found["participant_messaging_binding"] == {
        "address": NATIVES[0], "proxy_address": None, "type": "sms", "level": None, "name": None,
        "projected_address": None,
    }  # fmt: skip
    assert await api.listed("/ParticipantConversations", Address=DESK) == []


@pytest.mark.parametrize(
    ("participants", "last", "refusal"),
    [
        ([DANA, native(NATIVES[0]), native(NATIVES[1])], {"Identity": "lee"}, (400, 50434)),
        ([{"Identity": "lee"}, DANA, native(NATIVES[0])], native(NATIVES[1]), (400, 50434)),
        ([DANA, native(NATIVES[0]), native(NATIVES[1])], pair(NATIVES[2]), (400, 50435)),
        ([pair(NATIVES[2]), DANA, native(NATIVES[0])], native(NATIVES[1]), (400, 50435)),
        ([DANA, native(NATIVES[0]), native(NATIVES[1])], native("a@example.org"), (400, 50435)),
        ([DANA, native(NATIVES[0]), native(NATIVES[1])], native("messenger:1"), (400, 50435)),
        ([DANA, native(NATIVES[0])], native("+441632960001"), (400, 50435)),
        ([DANA, native(NATIVES[0])], native("+18005550101"), (400, 50435)),
        ([native(NATIVES[0]), native(NATIVES[1])], projected("+18885550101"), (400, 50435)),
        ([native(NATIVES[0])], native(NATIVES[0]), (409, 50437)),
        ([DANA], {**DANA, "Identity": "lee"}, (409, 50437)),
        ([DANA], native(DESK), (409, 50437)),
        ([DANA, *(native(f"+120255502{number:02}") for number in range(9))], native(NATIVES[0]), (403, 50436)),
        ([native(f"+120255502{number:02}") for number in range(10)], DANA, (403, 50436)),
    ],
)
async def test_what_would_be_no_group_is_refused(
    api: AccountClient, participants: list[dict[str, str]], last: dict[str, str], refusal: tuple[int, int]
) -> None:
    await group(api, "talk", *participants)
    before = await api.listed(PATH)
    assert (await api.post(PATH, **last)).refusal == refusal
    assert await api.listed(PATH) == before
    assert await contradictions(api.parlour.inside.database, api.service) == {}


@pytest.mark.parametrize(
    "participants",
    [
        [{"Identity": "lee"}, DANA, native(NATIVES[0])],
        [{"Identity": "lee"}, *map(native, NATIVES)],
        [{"Identity": "lee"}, DANA, pair(NATIVES[0]), pair(NATIVES[1]), native("a@example.org")],
        [pair(NATIVES[0]), native(NATIVES[0]), pair(NATIVES[0], "+12025550198")],
        [native("a@example.org"), native("a@example.org")],
    ],
)
async def test_what_is_no_group_is_free_of_its_rules(api: AccountClient, participants: list[dict[str, str]]) -> None:
    for name in ("talk", "other"):
        with_own_pairs = [
            {key: value.replace("+1202555019", "+1202555018") if name == "other" and "Proxy" in key else value
             for key, value in each.items()}
            for each in participants
        ]  # fmt: skip
        await group(api, name, *with_own_pairs)


async def test_a_set_of_addresses_is_one_group_of_the_account(api: AccountClient) -> None:
    sid = await group(api, "talk", DANA, native(NATIVES[0]), native(NATIVES[1]))
    elsewhere = api.in_service((await api.made("/v1/Services", FriendlyName="another"))["sid"])
    for place in (api, elsewhere):
        await group(place, "again", native(NATIVES[1]), projected(DESK))
        inside = "/Conversations/again/Participants"
        assert taken(await place.post(inside, **native(NATIVES[0])), sid)
        assert (await place.post(inside, **native(NATIVES[2]))).status == 201
        await place.delete("/Conversations/again")


async def test_a_group_that_grows_or_shrinks_must_stay_different(api: AccountClient) -> None:
    small = await group(api, "small", DANA, native(NATIVES[0]), native(NATIVES[1]))
    large = await group(api, "large", DANA, native(NATIVES[0]), native(NATIVES[2]), native(NATIVES[1]))
    assert taken(await api.post("/Conversations/small/Participants", **native(NATIVES[2])), large)
    rows = await api.listed("/Conversations/large/Participants")
    third = next(row["sid"] for row in rows if row["messaging_binding"].get("address") == NATIVES[2])
    assert taken(await api.delete(f"/Conversations/large/Participants/{third}"), small)
    path = f"/Conversations/large/Participants/{rows[0]['sid']}"
    await api.post(path, **projected("+12025550110"))
    assert (await api.delete(f"/Conversations/large/Participants/{third}")).status == 204
    assert taken(await api.post(path, **projected(DESK)), small)
    assert await contradictions(api.parlour.inside.database, api.service) == {}


async def test_a_user_whose_leaving_would_make_two_groups_the_same_cannot_be_deleted(api: AccountClient) -> None:
    others = [projected("+12025550110"), native(NATIVES[0]), native(NATIVES[1])]
    small = await group(api, "small", *others)
    await group(api, "large", DANA, *others)
    assert taken(await api.delete("/Users/dana"), small)
    assert (await api.get("/Users/dana")).status == 200
    assert len(await api.listed("/Conversations/large/Participants")) == 4


@pytest.mark.parametrize("how", ["closed", "deleted", "a participant less", "its service deleted"])
async def test_a_set_of_addresses_is_free_again_when_its_group_ends(api: AccountClient, how: str) -> None:
    place = api
    if how == "its service deleted":
        place = api.in_service((await api.made("/v1/Services", FriendlyName="another"))["sid"])
    sid = await group(place, "talk", DANA, native(NATIVES[0]), native(NATIVES[1]))
    await group(api, "again", DANA, native(NATIVES[0]))
    assert taken(await api.post("/Conversations/again/Participants", **native(NATIVES[1])), sid)
    ended = {
        "closed": place.post("/Conversations/talk", State="closed"),
        "deleted": place.delete("/Conversations/talk"),
        "a participant less": place.delete(f"{PATH}/dana"),
        "its service deleted": place.delete(f"/v1/Services/{place.service}"),
    }
    for name, call in ended.items():
        if name == how:
            assert (await call).status < 300
        else:
            call.close()
    await api.made("/Conversations/again/Participants", **native(NATIVES[1]))
    assert await contradictions(api.parlour.inside.database, api.service) == {}


async def test_an_update_keeps_a_group_a_group(api: AccountClient) -> None:
    await group(api, "talk", DANA, {**projected("+12025550110"), "Identity": "lee"}, native(NATIVES[0]))
    native_sid = (await api.listed(PATH))[2]["sid"]
    await api.made(PATH, **native(NATIVES[1]))
    assert (await api.post(f"{PATH}/dana", **projected(""))).refusal == (400, 50434)
    assert (await api.post(f"{PATH}/dana", **projected("+12025550110"))).refusal == (409, 50437)
    assert (await api.post(f"{PATH}/dana", **projected("+441632960001"))).refusal == (400, 50435)
    proxy = {"MessagingBinding.ProxyAddress": "+12025550199"}
    assert (await api.post(f"{PATH}/{native_sid}", **proxy)).refusal == (400, 50435)
    assert (await api.post(f"{PATH}/dana", **projected("+12025550111"))).status == 200
    assert (await api.delete(f"{PATH}/lee")).status == 204
    assert (await api.post(f"{PATH}/dana", **projected(""))).row["messaging_binding"] is None, "two natives are none"
    assert (await api.post(f"{PATH}/{native_sid}", **proxy)).status == 200


async def test_one_projected_address_passes_from_user_to_user(api: AccountClient) -> None:
    """The participant stays, its identity comes later; the next user takes over with the next participant."""
    await group(api, "talk", native(NATIVES[0]), native(NATIVES[1]), projected(DESK))
    gateway = (await api.listed(PATH))[2]["sid"]
    assert (await api.post(f"{PATH}/{gateway}", Identity="dana")).row["identity"] == "dana"
    assert (await api.delete(f"{PATH}/dana")).status == 204
    assert (await api.made(PATH, **{**DANA, "Identity": "lee"}))["identity"] == "lee"


async def test_in_a_group_only_its_participants_speak(api: AccountClient) -> None:
    await group(api, "talk", DANA, native(NATIVES[0]), native(NATIVES[1]))
    messages = "/Conversations/talk/Messages"
    for author in ("system", "lee", NATIVES[2]):
        answer = await api.post(messages, Body="hello", Author=author)
        assert (answer.refusal, answer.message) == (
            (400, 50513),
            "Message author should be among Group MMS participants",
        )
    assert (await api.post(messages, Body="hello")).refusal == (400, 50513)
    made: list[dict[str, Any]] = [
        await api.made(messages, Body="hello", Author=author) for author in ("dana", NATIVES[0], DESK)
    ]
    assert [row["index"] for row in made] == [0, 1, 2]
    dana, native_sid = [row["sid"] for row in await api.listed(PATH)][:2]
    assert [row["participant_sid"] for row in made] == [dana, native_sid, dana]
    path = f"{messages}/{made[0]['sid']}"
    assert (await api.post(path, Author="lee")).refusal == (400, 50513)
    assert (await api.post(path, Author=NATIVES[1], Body="good day")).row["author"] == NATIVES[1]
    await api.delete(f"{PATH}/dana")
    assert (await api.post(messages, Body="hello")).status == 201, "it is no group any more"


async def test_messages_that_arrive_together_are_each_taken_or_refused(api: AccountClient) -> None:
    await group(api, "talk", DANA, native(NATIVES[0]), native(NATIVES[1]))
    messages = "/Conversations/talk/Messages"
    answers = await asyncio.gather(
        *(api.post(messages, Body="text", Author="dana" if number % 2 else "lee") for number in range(20))
    )
    assert sorted(answer.status for answer in answers) == [201] * 10 + [400] * 10
    rows = await api.listed(messages)
    assert [(row["index"], row["author"]) for row in rows] == [(number, "dana") for number in range(10)]


def given(*participants: dict[str, str]) -> list[str]:
    """The same as JSON."""
    names = {"Identity": "identity", "MessagingBinding.Address": "address"}
    names["MessagingBinding.ProjectedAddress"] = "projected_address"
    made = []
    for each in participants:
        binding = {names[name]: value for name, value in each.items() if name != "Identity"}
        made.append(json.dumps({"identity": each.get("Identity"), "messaging_binding": binding or None}))
    return made


async def test_a_group_made_in_one_call_is_checked_and_kept_by_the_call(api: AccountClient) -> None:
    whole = given(DANA, *map(native, NATIVES))
    async with api.parlour.inside.database.session() as held:
        await held.execute("begin")
        await held.execute("lock table participants in share mode")
        made = await api.post("/ConversationWithParticipants", Participant=whole)
        assert made.status == 202
        assert taken(await api.post("/ConversationWithParticipants", Participant=whole[::-1]), made.row["sid"])
        await held.execute("rollback")
    for wrong, refusal in [
        ([*whole, *given({"Identity": "lee"})], (400, 50434)),
        ([*given(native("+18005550101")), *whole], (400, 50435)),
        ([*whole, whole[1]], (409, 50437)),
    ]:
        assert (await api.post("/ConversationWithParticipants", Participant=wrong)).refusal == refusal
    part = await api.post("/ConversationWithParticipants", Participant=whole[:3])
    for sid, number in ((made.row["sid"], 4), (part.row["sid"], 3)):
        path = f"/Conversations/{sid}"
        while (await api.get(path)).row["state"] == "initializing":
            pass
        assert (await api.get(path)).row["state"] == "active"
        assert len(await api.listed(f"{path}/Participants")) == number
    assert await contradictions(api.parlour.inside.database, api.service) == {}
