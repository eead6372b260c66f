"""The tunnel: where requests lead, and that nothing that is sent through it makes a fault of ours."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.contract.reply import Reply
from parlour.core.errors import ApiError, MethodNotAllowed, NotFound
from parlour.realtime import packets, session, tunnel
from parlour.realtime.session import Session
from parlour.realtime.tunnel import Handled, Request, Routes
from tests.access_tokens import token_for
from tests.account_client import AccountClient
from tests.twilsock import connected, written

_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


async def nothing(session: Session, request: Request) -> Reply:
    return Reply(200)


ROUTES = Routes(
    [
        Handled("GET", "/a/{}", nothing),
        Handled("POST", "/a/{}", nothing),
        Handled("GET", "/a/{}/b/{}", nothing),
        Handled("GET", "/a/me", nothing),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "template", "references"),
    [
        ("GET", ("a", "x"), "/a/{}", ("x",)),
        ("GET", ("a", "me"), "/a/me", ()),
        ("POST", ("a", "me"), "/a/{}", ("me",)),
        ("GET", ("a", "me", "b", "y/z"), "/a/{}/b/{}", ("me", "y/z")),
    ],
)
def test_finds_the_place(method: str, path: tuple[str, ...], template: str, references: tuple[str, ...]) -> None:
    handled, found = ROUTES.find(method, path)
    assert (handled.template, found) == (template, references)


@pytest.mark.parametrize(
    ("method", "path", "refusal"),
    [("GET", ("b",), NotFound), ("GET", ("a",), NotFound), ("DELETE", ("a", "me"), MethodNotAllowed)],
)
def test_says_what_is_missing(method: str, path: tuple[str, ...], refusal: type[ApiError]) -> None:
    with pytest.raises(refusal):
        ROUTES.find(method, path)


def sent(http_request: object, payload: bytes = b"", payload_type: object = None) -> packets.Packet:
    header = {"method": "message", "id": "1", "http_request": http_request, "payload_type": payload_type}
    return packets.read(written(header, payload))


@settings(max_examples=50)
@given(
    st.fixed_dictionaries({}, optional={"path": _ANY, "method": _ANY, "params": _ANY, "host": _ANY}) | _ANY,
    st.binary(max_size=30) | _ANY.map(lambda each: json.dumps(each).encode()),
    _ANY | st.just("application/x-www-form-urlencoded"),
)
def test_any_request_is_read_or_refused(http_request: object, payload: bytes, payload_type: object) -> None:
    try:
        request = tunnel.read(sent(http_request, payload, payload_type), "RQ1")
    except ApiError as refusal:
        assert 400 <= refusal.status < 500  # noqa: PT017 - most are refused, some are not
    else:
        assert all(isinstance(each, str) for each in request.path)


def test_reads_paths_parameters_and_forms() -> None:
    request = {"path": "/Client/v2/Users/a%2Fb%20c?x=1+2", "method": "post", "params": {"q": ["%C3%A4", 5], "r": "+"}}
    read = tunnel.read(
        sent(request, b"ChannelSid=CH1&a=%26", "application/x-www-form-urlencoded; charset=UTF-8"), "RQ1"
    )
    assert (read.method, read.path) == ("POST", ("Client", "v2", "Users", "a/b c"))
    assert read.params == {"x": ["1 2"], "q": ["ä", "5"], "r": ["+"]}
    assert read.body == {"ChannelSid": ["CH1"], "a": ["&"]}


@pytest.mark.parametrize(
    ("http_request", "payload", "refusal"),
    [
        (None, b"", (400, 20001)),
        ({"path": 5, "method": "GET"}, b"", (400, 20001)),
        ({"path": "/Client/v2/Conversations/%00", "method": "GET"}, b"", (404, 20404)),
        ({"path": "/Client/v2/Conversations/%ff", "method": "GET"}, b"", (404, 20404)),
        ({"path": "/" + "a/" * 500, "method": "GET"}, b"", (404, 20404)),
        ({"path": "/Client/v2/Conversations", "method": "POST"}, b"{", (400, 20001)),
        ({"path": "/Client/v2/Conversations", "method": "POST"}, b"[" * 100_000, (400, 20001)),
        ({"path": "/Client/v2/Conversations", "method": "POST"}, b"[]", (400, 20001)),
        ({"path": "/Client/v2/Conversations", "method": "POST"}, b'{"friendly_name":"a\\u0000"}', (400, 20001)),
        ({"path": "/Client/v2/Conversations", "method": "POST"}, b'{"friendly_name":{}}', (400, 20001)),
        ({"path": "/Client/v2/MyConversations", "method": "GET", "params": {"PageSize": [[]]}}, b"", (400, 20001)),
        ({"path": "/Client/v2/MyConversations", "method": "GET", "params": {"PageToken": "x"}}, b"", (400, 21481)),
        ({"path": "/Client/v2/Configuration", "method": "BREW"}, b"", (405, 20004)),
    ],
)
async def test_bad_requests_are_refused_in_the_published_shape(
    api: AccountClient, http_request: object, payload: bytes, refusal: tuple[int, int]
) -> None:
    async with connected(api.parlour, await token_for(api, "alice")) as client:
        reply = await client.ask({"method": "message", "http_request": http_request}, payload)
        body = reply.json
        assert (reply.status, reply.header["http_status"]["code"], body["code"]) == (200, *refusal)
        assert body["status"] == refusal[0]
        assert (await client.get("/Client/v2/Configuration")).status == 200


async def test_a_fault_of_ours_is_a_500_and_ends_nothing(api: AccountClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(session: Session, request: Request) -> Reply:
        raise RuntimeError("a fault")

    ours = api.parlour.sockets._tunnel
    async with connected(api.parlour, await token_for(api, "alice")) as client:
        monkeypatch.setattr(ours, "_routes", Routes([Handled("GET", "/fault", fail)]))
        assert (await client.get("/fault")).refusal == (500, 20500)
        monkeypatch.undo()
        assert (await client.get("/Client/v2/Configuration")).status == 200


async def test_commands_are_bounded_and_reads_are_not(api: AccountClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "COMMANDS_AT_ONCE", 3)
    monkeypatch.setattr(session, "COMMANDS_PER_SECOND", 0)
    async with connected(api.parlour, await token_for(api, "alice")) as client:
        for _ in range(3):
            assert (await client.delete("/Client/v2/Conversations/CH1")).status == 404
        assert (await client.delete("/Client/v2/Conversations/CH1")).refusal == (429, 20429)
        for _ in range(5):
            assert (await client.get("/Client/v2/Configuration")).status == 200
        monkeypatch.setattr(session, "COMMANDS_PER_SECOND", 1_000_000)
        assert (await client.delete("/Client/v2/Conversations/CH1")).status == 404
