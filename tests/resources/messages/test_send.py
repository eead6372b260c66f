"""Sending messages: what they are when nothing is said, every parameter at its limit, and who their author is."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.account_client import NOT_FOUND, AccountClient
from tests.server import MovableClock

pytestmark = pytest.mark.both_forms

HEX = "0123456789abcdef" * 2
PATH = "/Conversations/talk/Messages"
START = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
async def talk(api: AccountClient) -> str:
    """The SID of the conversation at PATH."""
    return str((await api.made("/Conversations", UniqueName="talk"))["sid"])


async def test_a_message_is_sent_with_what_is_usual(api: AccountClient, talk: str, clock: MovableClock) -> None:
    clock.freeze(START)
    made = await api.made(PATH, Body="Good morning")
    assert made.pop("chat_service_sid", api.service) == api.service
    url = f"{api.root}/Conversations/{talk}/Messages/{made['sid']}"
    assert made == {
        "sid": made["sid"],
        "account_sid": api.account,
        "conversation_sid": talk,
        "index": 0,
        "author": "system",
        "participant_sid": None,
        "body": "Good morning",
        "media": None,
        "attributes": "{}",
        "content_sid": None,
        "delivery": None,
        "date_created": "2026-05-01T12:00:00Z",
        "date_updated": "2026-05-01T12:00:00Z",
        "url": url,
        "links": {"delivery_receipts": f"{url}/Receipts", "channel_metadata": f"{url}/ChannelMetadata"},
    }


async def test_a_message_is_sent_with_everything_given(api: AccountClient, talk: str) -> None:
    made = await api.made(
        PATH,
        Author="dana",
        Body="Good morning",
        Subject="Greeting",
        Attributes='{"a" : 1}',
        DateCreated="2024-02-29T12:00:00Z",
        DateUpdated="2024-03-01T12:00:00Z",
    )
    assert (made["author"], made["attributes"]) == ("dana", '{"a" : 1}')
    assert (made["date_created"], made["date_updated"]) == ("2024-02-29T12:00:00Z", "2024-03-01T12:00:00Z")
    assert "subject" not in made
    for conversation in ("talk", talk):
        assert (await api.get(f"/Conversations/{conversation}/Messages/{made['sid']}")).row == made


async def test_indices_count_up_from_0_and_are_never_used_again(api: AccountClient, talk: str) -> None:
    made = [await api.made(PATH, Body=str(number)) for number in range(3)]
    assert [row["index"] for row in made] == [0, 1, 2]
    for row in made[1:]:
        await api.delete(f"{PATH}/{row['sid']}")
    assert (await api.made(PATH, Body="after"))["index"] == 3
    await api.made("/Conversations", UniqueName="other")
    assert (await api.made("/Conversations/other/Messages", Body="first"))["index"] == 0


async def test_a_date_of_creation_does_not_change_the_order(api: AccountClient, talk: str) -> None:
    await api.made(PATH, Body="new")
    await api.made(PATH, Body="old", DateCreated="2020-01-01")
    assert [(row["index"], row["body"]) for row in await api.listed(PATH)] == [(0, "new"), (1, "old")]


@pytest.mark.parametrize("body", ["", " ", "null", "é😀\n\t\u2028", "<b>&amp;</b>", "0"])
async def test_a_body_is_kept_as_it_was_sent(api: AccountClient, talk: str, body: str) -> None:
    made = await api.made(PATH, Body=body)
    assert made["body"] == body
    assert (await api.get(f"{PATH}/{made['sid']}")).row["body"] == body


async def test_a_message_with_nothing_in_it_is_refused(api: AccountClient, talk: str) -> None:
    for given in ({}, {"Author": "dana"}, {"Attributes": '{"a":1}', "Subject": "Greeting"}):
        answer = await api.post(PATH, **given)
        assert (answer.refusal, answer.message) == ((400, 50503), "Message body not provided")
    assert await api.listed(PATH) == []


async def test_a_body_has_at_most_32_kilobytes(api: AccountClient, talk: str) -> None:
    largest = "é" * 16384
    assert (await api.post(PATH, Body=largest)).row["body"] == largest
    assert (await api.post(PATH, Body=largest + "x")).refusal == (400, 50504)


async def test_an_author_has_at_most_256_characters(api: AccountClient, talk: str) -> None:
    assert (await api.post(PATH, Body="a", Author="é" * 256)).row["author"] == "é" * 256
    assert (await api.post(PATH, Body="a", Author="é" * 257)).refusal == (400, 50310)


async def test_a_subject_has_at_most_256_characters(api: AccountClient, talk: str) -> None:
    assert (await api.post(PATH, Body="a", Subject="é" * 256)).status == 201
    answer = await api.post(PATH, Body="a", Subject="é" * 257)
    assert (answer.refusal, answer.message) == ((400, 20001), "Invalid parameter Subject")


async def test_attributes_are_json_of_at_most_4_kilobytes(api: AccountClient, talk: str) -> None:
    largest = json.dumps("é" * 2047, ensure_ascii=False)
    assert len(largest.encode()) == 4096
    assert (await api.post(PATH, Body="a", Attributes=largest)).row["attributes"] == largest
    assert (await api.post(PATH, Body="a", Attributes=largest + " ")).refusal == (400, 50303)
    for text in ("", "{"):
        assert (await api.post(PATH, Body="a", Attributes=text)).refusal == (400, 50304)


@pytest.mark.parametrize(("name", "code"), [("DateCreated", 50308), ("DateUpdated", 50309)])
async def test_a_date_must_be_a_moment(api: AccountClient, talk: str, name: str, code: int) -> None:
    assert (await api.post(PATH, Body="a", **{name: "2024-02-29"})).status == 201
    assert (await api.post(PATH, Body="a", **{name: "2024-02-30"})).refusal == (400, code)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"MediaSid": "ME00"}, (400, 50510)),
        ({"MediaSid": f"ME{HEX}"}, (404, 50507)),
        ({"ContentSid": "HX00"}, (400, 50526)),
        ({"ContentSid": f"HX{HEX}"}, (400, 50526)),
        ({"ContentVariables": "{}"}, (400, 50528)),
        ({"ContentVariables": "[]", "ContentSid": f"HX{HEX}"}, (400, 50527)),
        ({"ContentVariables": "{", "ContentSid": f"HX{HEX}"}, (400, 50527)),
        ({"ContentVariables": '{"a":1e999}', "ContentSid": f"HX{HEX}"}, (400, 50527)),
    ],
)
async def test_media_and_content_that_are_not_stored_are_refused(
    api: AccountClient, talk: str, given: dict[str, str], refusal: tuple[int, int]
) -> None:
    assert (await api.post(PATH, Body="a", **given)).refusal == refusal
    assert (await api.post(PATH, Body="a", **dict.fromkeys(given, ""))).status == 201
    assert len(await api.listed(PATH)) == 1


async def test_an_author_who_takes_part_is_named(api: AccountClient, talk: str) -> None:
    dana = await api.made("/Conversations/talk/Participants", Identity="dana")
    address = {"MessagingBinding.Address": "+15551230001"}
    phones = [
        await api.made(
            "/Conversations/talk/Participants", **address, **{"MessagingBinding.ProxyAddress": f"+1555123000{number}"}
        )
        for number in (2, 3)
    ]
    for author, participant in [
        ("dana", dana["sid"]),
        ("+15551230001", min(phone["sid"] for phone in phones)),
        ("Dana", None),
        ("+15551230002", None),
        ("system", None),
        (dana["sid"], None),
    ]:
        made = await api.made(PATH, Body="a", Author=author)
        assert (made["author"], made["participant_sid"]) == (author, participant)


async def test_an_author_is_named_by_a_projected_address_in_every_way_that_it_gets_one(
    api: AccountClient, talk: str
) -> None:
    projected = {"MessagingBinding.ProjectedAddress": "+12025550190"}
    gateway = await api.made("/Conversations/talk/Participants", **projected)
    sent = await api.made(PATH, Body="a", Author="+12025550190")
    assert sent["participant_sid"] == gateway["sid"]
    other = await api.made(PATH, Body="a", Author="somebody")
    assert other["participant_sid"] is None
    changed = (await api.post(f"{PATH}/{other['sid']}", Author="+12025550190")).row
    assert changed["participant_sid"] == gateway["sid"]
    native = await api.made("/Conversations/talk/Participants", **{"MessagingBinding.Address": "+12025550191"})
    assert (await api.post(f"{PATH}/{other['sid']}", Author="+12025550191")).row["participant_sid"] == native["sid"]


async def test_an_identity_comes_before_the_same_text_as_an_address(api: AccountClient, talk: str) -> None:
    phone = await api.made("/Conversations/talk/Participants", **{"MessagingBinding.Address": "+15551230001"})
    assert (await api.made(PATH, Body="a", Author="+15551230001"))["participant_sid"] == phone["sid"]
    chat = await api.made("/Conversations/talk/Participants", Identity="+15551230001")
    assert (await api.made(PATH, Body="a", Author="+15551230001"))["participant_sid"] == chat["sid"]


async def test_a_participant_of_another_conversation_is_not_the_author(api: AccountClient, talk: str) -> None:
    await api.made("/Conversations", UniqueName="other")
    await api.made("/Conversations/other/Participants", Identity="dana")
    assert (await api.made(PATH, Body="a", Author="dana"))["participant_sid"] is None


async def test_into_an_unknown_conversation_nothing_is_sent(api: AccountClient) -> None:
    for reference in ("nothing", f"CH{HEX}"):
        path = f"/Conversations/{reference}/Messages"
        for given in ({"Body": "a"}, {}, {"Body": "a", "Attributes": "{"}):
            answer = await api.post(path, **given)
            assert answer.refusal == NOT_FOUND
            assert answer.message == f"The requested resource {api.prefix}{path} was not found"


async def test_a_closed_conversation_refuses_messages(api: AccountClient, talk: str) -> None:
    await api.made(PATH, Body="before")
    await api.post("/Conversations/talk", State="closed")
    for reference in ("talk", talk):
        answer = await api.post(f"/Conversations/{reference}/Messages", Body="after")
        assert answer.refusal == (400, 50377)
        assert answer.message == "Can't update conversation as it's in final closed state"
    assert [row["body"] for row in await api.listed(PATH)] == ["before"]


async def test_a_message_is_the_latest_activity_whatever_its_date(
    api: AccountClient, talk: str, clock: MovableClock
) -> None:
    clock.freeze()
    clock.advance(timedelta(seconds=1))
    other = await api.made("/Conversations")
    clock.advance(timedelta(seconds=1))
    assert [row["sid"] for row in await api.listed("/Conversations")] == [other["sid"], talk]
    await api.made(PATH, Body="a", DateCreated="2020-01-01")
    assert [row["sid"] for row in await api.listed("/Conversations")] == [talk, other["sid"]]
