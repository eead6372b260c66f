"""Parsing: what is read from bodies, queries and paths, and that nothing malformed gets further than the door."""

from collections.abc import AsyncIterator

import pytest

from tests.account_client import FORM, NOT_FOUND, AccountClient
from tests.http.raw import exchange

INVALID = (400, 20001)
MAX_BODY_BYTES = 1024 * 1024


async def create(api: AccountClient, body: bytes, content_type: str | None = FORM["Content-Type"]) -> tuple[int, str]:
    """Status and friendly name (or message) of a service made from *body*."""
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = await api.send("POST", "/v1/Services", body, headers)
    if answer.status == 201:
        return 201, answer.row["friendly_name"]
    return answer.refusal[0], answer.message


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"FriendlyName=a+b%2Bc%20d", "a b+c d"),
        ("FriendlyName=é%C3%A9%F0%9F%98%80".encode(), "éé😀"),
        (b"FriendlyName=a%3Db=c%26d", "a=b=c&d"),
        (b"Friendly%4Eame=a", "a"),
        (b"FriendlyName=first&FriendlyName=last", "last"),
        (b"&&FriendlyName=a&&", "a"),
        (b"FriendlyName=a;b", "a;b"),
        (b"Unknown=%20&FriendlyName=a&friendlyname=b", "a"),
        (b"FriendlyName=null", "null"),
    ],
)
async def test_a_form_is_read(api: AccountClient, body: bytes, name: str) -> None:
    assert await create(api, body) == (201, name)


@pytest.mark.parametrize(
    "body",
    [b"FriendlyName=%", b"FriendlyName=%1", b"FriendlyName=%zz", b"FriendlyName=a%C3", b"FriendlyName=%FF",
     b"FriendlyName=\xff", b"FriendlyName=%ED%A0%80", b"\xc3=a", b"FriendlyName=a&%zz=b"],
)  # fmt: skip
async def test_a_form_that_is_no_utf8_or_has_broken_escapes_is_refused(api: AccountClient, body: bytes) -> None:
    status, message = await create(api, body)
    assert status == 400
    assert message.startswith("Invalid form in body or query: ")


@pytest.mark.parametrize("body", [b"FriendlyName=a%00b", b"FriendlyName=a\0b", b"FriendlyName=a&Unknown=%00"])
async def test_nul_is_refused_under_the_name_of_its_parameter(api: AccountClient, body: bytes) -> None:
    status, message = await create(api, body)
    assert (status, message) == (400, f"Invalid parameter {'Unknown' if b'Unknown' in body else 'FriendlyName'}")


@pytest.mark.parametrize("body", [b"", b"&", b"=", b"FriendlyName", b"friendlyname=a", b"friendly_name=a"])
async def test_without_its_parameter_a_form_is_incomplete(api: AccountClient, body: bytes) -> None:
    status, message = await create(api, body)
    missing = body != b"FriendlyName"  # a name alone stands for the empty value
    assert (status, message) == (
        400,
        "Missing required parameter FriendlyName in the post body" if missing else "FriendlyName not provided",
    )


@pytest.mark.parametrize(
    "content_type",
    [None, "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-8",
     "Application/X-WWW-Form-Urlencoded;charset=UTF-8"],
)  # fmt: skip
async def test_a_form_may_be_declared_in_these_ways(api: AccountClient, content_type: str | None) -> None:
    line = b"POST /v1/Services HTTP/1.1"
    declared = f"Content-Type: {content_type}\r\n".encode() if content_type else b""
    answer = await exchange(api, line, declared + b"Content-Length: 14\r\n", b"FriendlyName=a")
    assert answer.status == 201


@pytest.mark.parametrize(
    ("charset", "body"),
    [("ISO-8859-1", b"FriendlyName=caf%E9"), ("iso-8859-1", b"FriendlyName=caf\xe9"),
     ("windows-1252", b"FriendlyName=caf%e9"), ("utf-8", b"\xef\xbb\xbfFriendlyName=caf%C3%A9"),
     ("US-ASCII", b"FriendlyName=cafe"), ("UTF-16LE", "FriendlyName=café".encode("utf-16-le"))],
)  # fmt: skip
async def test_a_form_is_read_in_the_charset_that_it_declares(api: AccountClient, charset: str, body: bytes) -> None:
    answer = await create(api, body, f"application/x-www-form-urlencoded; charset={charset}")
    assert answer == (201, "cafe" if charset == "US-ASCII" else "café")


@pytest.mark.parametrize(("charset", "body"), [("us-ascii", b"FriendlyName=caf%C3%A9"), ("utf-8", b"FriendlyName=%E9")])
async def test_a_form_that_is_not_in_its_charset_is_refused(api: AccountClient, charset: str, body: bytes) -> None:
    status, message = await create(api, body, f"application/x-www-form-urlencoded; charset={charset}")
    name = "ASCII" if charset == "us-ascii" else "UTF-8"
    assert (status, message) == (400, f"Invalid form in body or query: it is not {name}")


async def test_a_charset_that_nobody_has_is_refused(api: AccountClient) -> None:
    form = "application/x-www-form-urlencoded; charset=klingon"
    answer = await api.send("POST", "/v1/Services", b"FriendlyName=a", {"Content-Type": form})
    assert answer.refusal == (415, 20001)


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/mixed; boundary=x", "x"])
async def test_any_other_content_type_is_refused(api: AccountClient, content_type: str) -> None:
    answer = await api.send("POST", "/v1/Services", b'{"FriendlyName": "a"}', {"Content-Type": content_type})
    assert answer.refusal == (415, 20001)


async def test_without_a_body_the_content_type_does_not_matter(api: AccountClient) -> None:
    """The Python library declares a form on every GET, others declare JSON on an empty POST."""
    for headers in (FORM, {"Content-Type": "application/json"}):
        assert (await api.send("GET", "/Users", None, headers)).status == 200
        assert (await api.send("POST", "/v1/Configuration", b"", headers)).status == 200


async def test_a_body_where_none_belongs_is_ignored(api: AccountClient) -> None:
    user = await api.made("/Users", Identity="dana")
    assert (await api.send("GET", "/Users", b"%zz", FORM)).status == 200
    assert (await api.send("DELETE", f"/Users/{user['sid']}", b"%zz", FORM)).status == 204


def body_of(size: int) -> bytes:
    start = b"FriendlyName=a&Unknown="
    return start + b"x" * (size - len(start))


async def test_the_largest_body_is_read_and_a_larger_one_refused(api: AccountClient) -> None:
    assert await create(api, body_of(MAX_BODY_BYTES)) == (201, "a")
    answer = await api.send("POST", "/v1/Services", body_of(MAX_BODY_BYTES + 1), FORM)
    assert answer.refusal == (413, 20413)


async def test_a_client_that_sends_far_too_much_gets_to_see_the_answer(api: AccountClient) -> None:
    five_megabytes = body_of(5 * 1024 * 1024)
    assert (await api.send("POST", "/v1/Services", five_megabytes, FORM)).refusal == (413, 20413)

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(five_megabytes), 65536):
            yield five_megabytes[start : start + 65536]

    headers = {"Authorization": api.credentials, **FORM}
    async with api.parlour.client.post(api.at("/v1/Services"), data=chunks(), headers=headers) as response:
        assert (response.status, (await response.json())["code"]) == (413, 20413)


async def test_a_form_has_at_most_a_thousand_fields(api: AccountClient) -> None:
    assert await create(api, b"&".join([b"X=1"] * 999 + [b"FriendlyName=a"])) == (201, "a")
    status, message = await create(api, b"&".join([b"X=1"] * 1000 + [b"FriendlyName=a"]))
    assert (status, message) == (400, "Invalid form in body or query: it has more than 1000 fields")


@pytest.mark.parametrize("query", ["X=%zz", "X=%", "X=%ff", "%ff=1", "X=%00", "PageSize=%00", "PageToken=%00"])
async def test_a_malformed_query_is_refused(api: AccountClient, query: str) -> None:
    assert (await api.get(f"/Users?{query}")).refusal == INVALID


@pytest.mark.parametrize("query", ["", "X=1", "=", "&&", "pagesize=x", "X=%C3%A9", "X=a%2Bb", "Unknown=1&Unknown=2"])
async def test_unknown_parameters_of_a_query_are_ignored(api: AccountClient, query: str) -> None:
    answer = await api.get(f"/Users?{query}")
    assert answer.rows == []
    assert answer.meta["url"] == f"{api.root}/Users?PageSize=50&Page=0"


@pytest.mark.both_forms
@pytest.mark.parametrize("segment", ["%zz", "%", "%4", "%ff", "%C3", "a%00b", "%ED%A0%80"])
async def test_a_malformed_segment_names_nothing(api: AccountClient, segment: str) -> None:
    for answer in (await api.get(f"/Users/{segment}"), await api.delete(f"/Users/{segment}")):
        assert answer.refusal == NOT_FOUND
        assert answer.message == f"The requested resource {api.prefix}/Users/{segment} was not found"


@pytest.mark.both_forms
@pytest.mark.parametrize(
    ("identity", "segment"),
    [
        ("a+b", "a+b"),
        ("a+b", "a%2Bb"),
        ("a b", "a%20b"),
        ("dana@home:1,2", "dana@home:1,2"),
        ("dana/lee?x#y", "dana%2Flee%3Fx%23y"),
        ("100%", "100%25"),
        ("%20", "%2520"),
        ("é😀", "%C3%A9%F0%9F%98%80"),
        ("..", "%2E%2E"),
        (".", "%2E"),
        (" ", "%20"),
        ("{p2}", "%7Bp2%7D"),
        ("a;b=c", "a;b=c"),
        ("a\nb", "a%0Ab"),
    ],
)
async def test_an_identity_in_a_path_is_read_as_it_is_meant(api: AccountClient, identity: str, segment: str) -> None:
    made = await api.made("/Users", Identity=identity)
    assert (await api.get(f"/Users/{segment}")).row["sid"] == made["sid"]


async def test_a_plus_in_a_path_is_no_space(api: AccountClient) -> None:
    await api.made("/Users", Identity="a b")
    assert (await api.get("/Users/a+b")).refusal == NOT_FOUND


@pytest.mark.parametrize("raw", [b"GET /v1/Users/\xff HTTP/1.1", b"GET /v1/Users?X=\xff HTTP/1.1", b"NONSENSE"])
async def test_what_is_no_http_is_refused(api: AccountClient, raw: bytes) -> None:
    assert (await exchange(api, raw)).status == 400


async def test_dots_in_a_path_lead_nowhere(api: AccountClient) -> None:
    answer = await exchange(api, b"GET /v1/Services/../Users HTTP/1.1")
    assert answer.status == 404
    assert answer.json["message"] == "The requested resource /Services/../Users was not found"
