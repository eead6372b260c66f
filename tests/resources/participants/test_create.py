"""Adding participants: who may be added, what they are when nothing is said, and their limits."""

import json

import pytest

from tests.account_client import NOT_FOUND, AccountClient
from tests.server import MovableClock

pytestmark = pytest.mark.both_forms

HEX = "0123456789abcdef" * 2
PATH = "/Conversations/talk/Participants"
ADDRESS, PROXY, PROJECTED = (f"MessagingBinding.{name}" for name in ("Address", "ProxyAddress", "ProjectedAddress"))
NAME, LEVEL = "MessagingBinding.Name", "MessagingBinding.Level"
PAIR = {ADDRESS: "+15551230001", PROXY: "+15551230002"}
EXISTS = (409, 50433)
ROLE_NOT_FOUND = (404, 50109)


@pytest.fixture
async def talk(api: AccountClient) -> str:
    """The SID of the conversation at PATH."""
    return str((await api.made("/Conversations", UniqueName="talk"))["sid"])


async def role(api: AccountClient, name: str) -> str:
    """The SID of the role that the service was born with under *name*."""
    return str(next(each["sid"] for each in await api.listed("/Roles") if each["friendly_name"] == name))


async def test_a_chat_participant_is_added_with_what_is_usual(
    api: AccountClient, talk: str, clock: MovableClock
) -> None:
    now = clock.freeze()
    made = await api.made(PATH, Identity="dana")
    assert made.pop("chat_service_sid", api.service) == api.service
    shown = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    assert made == {
        "sid": made["sid"],
        "account_sid": api.account,
        "conversation_sid": talk,
        "identity": "dana",
        "attributes": "{}",
        "messaging_binding": None,
        "role_sid": await role(api, "channel user"),
        "last_read_message_index": None,
        "last_read_timestamp": None,
        "date_created": shown,
        "date_updated": shown,
        "url": f"{api.root}/Conversations/{talk}/Participants/{made['sid']}",
    }


async def test_a_participant_is_added_with_everything_given(api: AccountClient, talk: str) -> None:
    sid = await role(api, "channel admin")
    made = await api.made(
        PATH,
        Identity="dana",
        Attributes='{"a" : 1}',
        RoleSid=sid,
        DateCreated="2024-02-29T12:00:00Z",
        DateUpdated="2024-03-01T12:00:00Z",
    )
    assert (made["attributes"], made["role_sid"]) == ('{"a" : 1}', sid)
    assert (made["date_created"], made["date_updated"]) == ("2024-02-29T12:00:00Z", "2024-03-01T12:00:00Z")
    for path in (f"{PATH}/dana", f"/Conversations/{talk}/Participants/{made['sid']}"):
        assert (await api.get(path)).row == made


@pytest.mark.parametrize(
    ("given", "binding"),
    [
        (PAIR, {"type": "sms", "address": "+15551230001", "proxy_address": "+15551230002"}),
        ({ADDRESS: "+15551230001"}, {"type": "sms", "address": "+15551230001"}),
        (
            {ADDRESS: "whatsapp:+15551230001", PROXY: "whatsapp:+15551230002"},
            {"type": "whatsapp", "address": "whatsapp:+15551230001", "proxy_address": "whatsapp:+15551230002"},
        ),
        (
            {ADDRESS: "messenger:123", PROXY: "messenger:456"},
            {"type": "messenger", "address": "messenger:123", "proxy_address": "messenger:456"},
        ),
        ({ADDRESS: "rcs:+15551230001"}, {"type": "rcs", "address": "rcs:+15551230001"}),
        ({ADDRESS: "dana@example.org"}, {"type": "email", "address": "dana@example.org"}),
        ({PROJECTED: "+15551230003"}, {"type": "sms", "projected_address": "+15551230003"}),
        (
            {ADDRESS: "+15551230001", PROXY: "12345"},
            {"type": "sms", "address": "+15551230001", "proxy_address": "12345"},
        ),
    ],
)
async def test_a_participant_of_a_channel_is_added(
    api: AccountClient, talk: str, given: dict[str, str], binding: dict[str, str]
) -> None:
    made = await api.made(PATH, **given)
    assert (made["identity"], made["messaging_binding"]) == (None, binding)
    assert (await api.get(f"{PATH}/{made['sid']}")).row == made
    assert await api.listed("/Users") == []


async def test_an_identity_with_a_projected_address_is_one_participant(api: AccountClient, talk: str) -> None:
    made = await api.made(PATH, Identity="dana", **{PROJECTED: "+15551230003"})
    assert made["identity"] == "dana"
    assert made["messaging_binding"] == {"type": "sms", "projected_address": "+15551230003"}
    assert (await api.get("/Users/dana")).status == 200


async def test_an_email_address_has_a_name_and_a_level(api: AccountClient, talk: str) -> None:
    given = {ADDRESS: "dana@example.org", NAME: "Dana Lee", LEVEL: "CC"}
    made = await api.made(PATH, **given)
    binding = {"type": "email", "address": "dana@example.org", "name": "Dana Lee", "level": "cc"}
    assert made["messaging_binding"] == binding
    (found,) = await api.listed("/ParticipantConversations", Address="dana@example.org")
    assert found["participant_messaging_binding"] == {**binding, "proxy_address": None, "projected_address": None}
    again = await api.made(PATH, **{ADDRESS: "lee@example.org", NAME: "x" * 256, LEVEL: ""})
    assert again["messaging_binding"] == {"type": "email", "address": "lee@example.org", "name": "x" * 256}
    for wrong in ({NAME: "x" * 257}, {LEVEL: "bcc"}):
        assert (await api.post(PATH, **{ADDRESS: "kim@example.org", **wrong})).refusal == (400, 20001)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({**PAIR, NAME: "Dana"}, 50420),
        ({**PAIR, LEVEL: "to"}, 50420),
        ({ADDRESS: "+15551230001", NAME: "Dana"}, 50420),
        ({PROJECTED: "+15551230003", LEVEL: "to"}, 50420),
        ({"Identity": "dana", NAME: "Dana"}, 50420),
        ({"Identity": "dana", PROJECTED: "+15551230003", LEVEL: "from"}, 50420),
        ({NAME: "Dana"}, 50204),
        ({}, 50204),
        ({"Attributes": "{}"}, 50204),
        ({"Identity": ""}, 50204),
        ({"Identity": "", PROJECTED: "+15551230003"}, 50204),
        ({"Identity": "null", ADDRESS: "+15551230001"}, 50204),
        ({ADDRESS: "+15551230001", PROXY: ""}, 50412),
        ({ADDRESS: "+15551230001", PROXY: "null"}, 50412),
        ({"Identity": "dana", PROXY: ""}, 50412),
        ({"Identity": "dana", PROJECTED: ""}, 50434),
        ({"Identity": "dana", ADDRESS: "+15551230001"}, 50211),
        ({"Identity": "dana", PROXY: "+15551230002"}, 50211),
        ({"Identity": "dana", **PAIR}, 50211),
        ({PROXY: "+15551230002"}, 50411),
        ({ADDRESS: "", PROXY: "+15551230002"}, 50411),
        ({ADDRESS: ""}, 50411),
        ({ADDRESS: "+15551230001", PROXY: "+15551230001"}, 50409),
        ({ADDRESS: "+15551230001", PROXY: "whatsapp:+15551230002"}, 50414),
        ({ADDRESS: "whatsapp:+15551230001", PROXY: "+15551230002"}, 50414),
        ({ADDRESS: "dana@example.org", PROXY: "desk@example.org"}, 50453),
        ({ADDRESS: "+15551230001", PROJECTED: "+15551230003"}, 50443),
        ({ADDRESS: "5551230001"}, 50407),
        ({ADDRESS: "+0123"}, 50407),
        ({ADDRESS: "+1555123000112345"}, 50407),
        ({ADDRESS: "dana"}, 50407),
        ({ADDRESS: "whatsapp:dana"}, 50407),
        ({ADDRESS: "12345"}, 50407),
        ({ADDRESS: "+15551230001", PROXY: "not a number at all"}, 50408),
        ({PROJECTED: "dana@example.org"}, 50407),
    ],
)
async def test_what_makes_no_participant_is_refused(
    api: AccountClient, talk: str, given: dict[str, str], code: int
) -> None:
    assert (await api.post(PATH, **given)).refusal == (400, code)
    assert await api.listed(PATH) == []
    assert await api.listed("/Users") == []


async def test_addresses_have_at_most_256_characters(api: AccountClient, talk: str) -> None:
    longest = "messenger:" + "x" * 246
    assert (await api.post(PATH, **{ADDRESS: longest})).row["messaging_binding"]["address"] == longest
    assert (await api.post(PATH, **{ADDRESS: longest + "x"})).refusal == (400, 50407)
    other = {ADDRESS: "messenger:1", PROXY: longest}
    assert (await api.post(PATH, **other)).row["messaging_binding"]["proxy_address"] == longest
    assert (await api.post(PATH, **{ADDRESS: "messenger:2", PROXY: longest + "x"})).refusal == (400, 50408)
    assert (await api.post(PATH, **{PROJECTED: "+1" + "5" * 255})).refusal == (400, 50407)


async def test_an_identity_has_the_limits_of_a_users(api: AccountClient, talk: str) -> None:
    assert (await api.post(PATH, Identity="é" * 256)).row["identity"] == "é" * 256
    assert (await api.post(PATH, Identity="é" * 257)).refusal == (400, 50207)
    assert (await api.post(PATH, Identity=f"US{HEX}")).refusal == (400, 50206)
    assert (await api.post(PATH, Identity="system")).refusal == (400, 50203)


async def test_attributes_are_json_of_at_most_4_kilobytes(api: AccountClient, talk: str) -> None:
    largest = json.dumps("é" * 2047, ensure_ascii=False)
    assert len(largest.encode()) == 4096
    assert (await api.post(PATH, Identity="a", Attributes=largest)).row["attributes"] == largest
    assert (await api.post(PATH, Identity="b", Attributes=largest + " ")).refusal == (400, 50303)
    for text in ("", "{"):
        assert (await api.post(PATH, Identity="b", Attributes=text)).refusal == (400, 50304)


@pytest.mark.parametrize(("name", "code"), [("DateCreated", 50308), ("DateUpdated", 50309)])
async def test_a_date_must_be_a_moment(api: AccountClient, talk: str, name: str, code: int) -> None:
    assert (await api.post(PATH, Identity="dana", **{name: "2024-02-29"})).status == 201
    assert (await api.post(PATH, Identity="lee", **{name: "2024-02-30"})).refusal == (400, code)


@pytest.mark.parametrize("which", ["unknown", "empty", "of a user", "of another service"])
async def test_a_role_must_be_a_conversation_role_of_the_service(api: AccountClient, talk: str, which: str) -> None:
    other = api.in_service((await api.made("/v1/Services", FriendlyName="another"))["sid"])
    sid = {
        "unknown": f"RL{HEX}",
        "empty": "",
        "of a user": await role(api, "service user"),
        "of another service": await role(other, "channel user"),
    }[which]
    answer = await api.post(PATH, Identity="dana", RoleSid=sid)
    assert answer.refusal == ROLE_NOT_FOUND
    assert (await api.get("/Users/dana")).refusal == NOT_FOUND
    assert (await api.post(PATH, Identity="dana", RoleSid=await role(api, "channel admin"))).status == 201


async def test_an_identity_without_a_user_becomes_one(api: AccountClient, talk: str) -> None:
    await api.made(PATH, Identity="dana")
    user = (await api.get("/Users/dana")).row
    assert (user["friendly_name"], user["attributes"]) == (None, "{}")
    assert user["role_sid"] == await role(api, "service user")


async def test_an_identity_with_a_user_keeps_it(api: AccountClient, talk: str) -> None:
    user = await api.made("/Users", Identity="dana", FriendlyName="Dana")
    await api.made(PATH, Identity="dana")
    assert await api.listed("/Users") == [user]


async def test_an_identity_takes_part_once_in_a_conversation(api: AccountClient, talk: str) -> None:
    await api.made(PATH, Identity="dana")
    answer = await api.post(PATH, Identity="dana")
    assert (answer.refusal, answer.message) == (EXISTS, "Participant already exists")
    await api.made(PATH, Identity="Dana")
    await api.made("/Conversations", UniqueName="other")
    await api.made("/Conversations/other/Participants", Identity="dana")
    assert len(await api.listed(PATH)) == 2


@pytest.mark.parametrize("into", ["the same conversation", "another one", "another service"])
async def test_an_address_pair_is_used_once_in_the_account(api: AccountClient, talk: str, into: str) -> None:
    await api.made(PATH, **PAIR)
    place, path = api, PATH
    if into == "another service":
        place = api.in_service((await api.made("/v1/Services", FriendlyName="another"))["sid"])
    if into != "the same conversation":
        await place.made("/Conversations", UniqueName="other")
        path = "/Conversations/other/Participants"

    answer = await place.post(path, **PAIR)
    assert answer.refusal == (409, 50416)
    assert answer.message == (f"A binding for this participant and proxy address already exists in Conversation {talk}")
    assert (await place.post(path, **{**PAIR, PROXY: "+15551230009"})).status == 201
    assert (await place.post(path, **{**PAIR, ADDRESS: "+15551230009"})).status == 201


@pytest.mark.parametrize("how", ["closed", "conversation deleted", "participant deleted", "proxy changed"])
async def test_an_address_pair_is_free_again_when_it_is_given_up(api: AccountClient, talk: str, how: str) -> None:
    participant = await api.made(PATH, **PAIR)
    await api.made("/Conversations", UniqueName="other")
    assert (await api.post("/Conversations/other/Participants", **PAIR)).refusal == (409, 50416)
    if how == "closed":
        await api.post("/Conversations/talk", State="closed")
    elif how == "conversation deleted":
        await api.delete("/Conversations/talk")
    elif how == "participant deleted":
        await api.delete(f"{PATH}/{participant['sid']}")
    else:
        await api.post(f"{PATH}/{participant['sid']}", **{PROXY: "+15551230009"})
    assert (await api.post("/Conversations/other/Participants", **PAIR)).status == 201


async def test_an_inactive_conversation_keeps_its_address_pairs(api: AccountClient, talk: str) -> None:
    await api.made(PATH, **PAIR)
    await api.post("/Conversations/talk", State="inactive")
    await api.made("/Conversations", UniqueName="other")
    assert (await api.post("/Conversations/other/Participants", **PAIR)).refusal == (409, 50416)


async def test_into_an_unknown_conversation_nobody_is_added(api: AccountClient) -> None:
    for reference in ("nothing", f"CH{HEX}"):
        path = f"/Conversations/{reference}/Participants"
        answer = await api.post(path, Identity="dana")
        assert (answer.refusal, answer.message) == (
            NOT_FOUND,
            f"The requested resource {api.prefix}{path} was not found",
        )
        assert (await api.post(path, Identity=f"US{HEX}")).refusal == NOT_FOUND
        assert (await api.get(path)).refusal == NOT_FOUND
    assert await api.listed("/Users") == []
