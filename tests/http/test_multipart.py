"""``multipart/form-data``: taken like a form, and every other part or shape of it refused with a reason."""

import pytest

from parlour.core.errors import InvalidBody
from parlour.http.multipart import multipart_fields
from parlour.http.parse import MAX_BODY_BYTES
from tests.account_client import AccountClient, Answer

TYPE = "multipart/form-data; boundary=b"
END = b"--b--\r\n"
NAMED = b'Content-Disposition: form-data; name="FriendlyName"'


def part(value: bytes, head: bytes = NAMED, more: bytes = b"") -> bytes:
    return b"--b\r\n" + head + b"\r\n" + more + b"\r\n" + value + b"\r\n"


def field(name: str, value: str) -> bytes:
    return part(value.encode(), f'Content-Disposition: form-data; name="{name}"'.encode())


async def posted(api: AccountClient, path: str, body: bytes, content_type: str = TYPE) -> Answer:
    return await api.send("POST", path, body, {"Content-Type": content_type})


@pytest.mark.parametrize(
    "content_type",
    [
        TYPE,
        'Multipart/Form-Data; charset=utf-8; boundary="b"',
        "multipart/form-data;boundary=b",
    ],
)
async def test_it_is_taken_like_a_form(api: AccountClient, content_type: str) -> None:
    text = "é%zz+&=\r\n--\0".rstrip("\0")
    answer = await posted(api, "/v1/Services", field("FriendlyName", text) + END, content_type)
    assert (answer.status, answer.row["friendly_name"]) == (201, text)


async def test_a_repeated_part_is_a_list_and_of_others_the_last_counts(api: AccountClient) -> None:
    parts = [("FriendlyName", "first"), ("Type", "service"), ("Permission", "joinConversation"), ("Unknown", "x"),
             ("Permission", "createConversation"), ("FriendlyName", "clerk")]  # fmt: skip
    role = (await posted(api, "/Roles", b"".join(field(*each) for each in parts) + END)).row
    assert (role["friendly_name"], role["permissions"]) == ("clerk", ["joinConversation", "createConversation"])


async def test_updates_and_parlours_own_doors_take_it_too(api: AccountClient) -> None:
    await api.made("/Conversations", UniqueName="talk")
    answer = await posted(api, "/Conversations/talk", field("Timers.Inactive", "PT1M") + END)
    assert "date_inactive" in answer.row["timers"]
    assert (await posted(api, "/Conversations/talk", END)).status == 200, "a form without fields"
    clock = await posted(api, "/parlour/v1/Clock", field("Advance", "PT1H") + END)
    assert clock.refusal == (409, 20409), "it was read: the clock is not virtual"


@pytest.mark.parametrize(
    ("more", "value", "name"),
    [
        (b"Content-Type: text/plain\r\n", "é".encode(), "é"),
        (b"Content-Type: Text/Plain; charset=UTF-8\r\n", "é".encode(), "é"),
        (b'Content-Type: text/plain; charset="iso-8859-1"\r\n', b"\xe9", "é"),
        (b"Content-Type: text/plain; charset=windows-1252\r\n", b"\x80", "\u20ac"),
        (b"Content-Type: text/plain; charset=us-ascii\r\nContent-Length: 1\r\n", b"e", "e"),
        (b"Content-Transfer-Encoding: binary\r\n", b"e", "e"),
    ],
)
async def test_a_part_may_say_how_it_is_written(api: AccountClient, more: bytes, value: bytes, name: str) -> None:
    answer = await posted(api, "/v1/Services", part(value, more=more) + END)
    assert (answer.status, answer.row["friendly_name"]) == (201, name)


FILE = b'Content-Disposition: form-data; name="FriendlyName"; filename='
REFUSED = {
    "a file": (part(b"x", FILE + b'"x.txt"') + END, "FriendlyName is a file; only texts are taken"),
    "a file without a name": (part(b"", FILE + b'""') + END, "FriendlyName is a file; only texts are taken"),
    **{
        f"a file named by {name!r}": (
            part(b"x", NAMED + b"; " + name.encode()) + END,
            "FriendlyName is a file; only texts are taken",
        )
        for name in (
            "filename*=garbage",
            "filename*=''x",
            "filename*=utf-8''x",
            "filename*=klingon''x",
            "filename*=utf-8''%ff",
            "FileName*0=x",
            "filename *=x",
        )
    },
    "an image": (
        part(b"x", more=b"Content-Type: image/png\r\n") + END,
        "FriendlyName is image/png; only text/plain is taken",
    ),
    "a form within": (
        part(b"--c--\r\n", more=b"Content-Type: multipart/mixed; boundary=c\r\n") + END,
        "FriendlyName is multipart/mixed; only text/plain is taken",
    ),
    "a charset that hides": (
        part(b"+2AA-", more=b"Content-Type: text/plain; charset=utf-7\r\n") + END,
        "FriendlyName: there is no charset 'utf-7'",
    ),
    "a charset that there is not": (
        part(b"x", more=b"Content-Type: text/plain; charset=klingon\r\n") + END,
        "FriendlyName: there is no charset 'klingon'",
    ),
    "what is not UTF-8": (part(b"\xff") + END, "FriendlyName: it is not UTF-8"),
    "what is not in its charset": (
        part(b"\xe9", more=b"Content-Type: text/plain; charset=us-ascii\r\n") + END,
        "FriendlyName: it is not ASCII",
    ),
    "a transfer encoding": (
        part(b"eA==", more=b"Content-Transfer-Encoding: base64\r\n") + END,
        "a part has a Content-Transfer-Encoding; only binary is taken",
    ),
    "no name": (part(b"x", b"Content-Disposition: form-data") + END, "a part has no name"),
    "no head": (part(b"x", b"X: y") + END, "a part has no name"),
    "a head that is not UTF-8": (
        part(b"x", NAMED.replace(b"Friendly", b"\xff")) + END,
        "the header fields of a part are not UTF-8",
    ),
    "a large head": (
        part(b"x", more=b"X: " + b"y" * 5000 + b"\r\n") + END,
        "the head of a part does not end, or has more than 4096 bytes",
    ),
    "a head of many fields": (
        part(b"x", more=b"X: y\r\n" * 100_000) + END,
        "the head of a part does not end, or has more than 4096 bytes",
    ),
    "a head that does not end": (
        b"--b\r\n" + NAMED + b"\r\n",
        "the head of a part does not end, or has more than 4096 bytes",
    ),
    "no end": (part(b"x"), "a part does not end with the boundary, or there is none"),
    "half a part": (part(b"x" * 9)[:-5], "a part does not end with the boundary, or there is none"),
    "no boundary at all": (b'{"FriendlyName": "a"}', "a part does not end with the boundary, or there is none"),
    "too many parts": (part(b"x") * 1001 + END, "it has more than 1000 fields"),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_it_is_refused_for(api: AccountClient, what: str) -> None:
    body, reason = REFUSED[what]
    answer = await posted(api, "/v1/Services", body)
    assert answer.refusal == (400, 20001)
    assert answer.message == f"Invalid form in body or query: {reason}"


async def test_nul_is_refused_as_in_any_form(api: AccountClient) -> None:
    answer = await posted(api, "/v1/Services", field("FriendlyName", "a\0b") + END)
    assert (answer.refusal, answer.message) == ((400, 20001), "Invalid parameter FriendlyName")


@pytest.mark.parametrize("boundary", ["", "; boundary=", "; boundary=" + "b" * 71, "; boundary", "; Boundry=b"])
async def test_without_a_boundary_it_cannot_be_read(api: AccountClient, boundary: str) -> None:
    answer = await posted(api, "/v1/Services", part(b"x") + END, f"multipart/form-data{boundary}")
    assert answer.refusal == (400, 20001)
    assert answer.message.endswith("its Content-Type has no boundary of 1 to 70 characters")


@pytest.mark.parametrize("content_type", ["multipart/mixed; boundary=b", "multipart/form-data-x; boundary=b"])
async def test_another_multipart_is_no_form(api: AccountClient, content_type: str) -> None:
    assert (await posted(api, "/v1/Services", part(b"x") + END, content_type)).refusal == (415, 20001)


async def test_the_limit_of_a_body_counts_all_of_it(api: AccountClient) -> None:
    frame = len(field("Unknown", "")) + len(part(b"a") + END)
    largest = field("Unknown", "x" * (MAX_BODY_BYTES - frame)) + part(b"a") + END
    assert (await posted(api, "/v1/Services", largest)).status == 201
    assert (await posted(api, "/v1/Services", b"\r\n" + largest)).refusal == (413, 20413)


def test_a_thousand_parts_are_taken() -> None:
    assert len(multipart_fields(part(b"x") * 1000 + END, TYPE, 1000)) == 1000


@pytest.mark.parametrize("cut", range(len(part(b"x", more=b"Content-Type: text/plain\r\n") + END) - len(END) + 4))
def test_wherever_it_is_cut_off_nothing_of_it_is_taken(cut: int) -> None:
    whole = part(b"x", more=b"Content-Type: text/plain\r\n") + END
    with pytest.raises(InvalidBody):
        multipart_fields(whole[:cut], TYPE, 10)
