"""Whatever JSON a client SDK could send to one of its operations, the answer is a reply, and never a fault of ours."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.contract.invoke import Document
from parlour.contract.rest import CLIENT, Route, Verb
from tests.account_client import AccountClient
from tests.client_calls import ROUTES, Answered, Caller, caller, escaped
from tests.conformance.test_bad_input import ODD

HALVES = st.text(st.characters() | st.sampled_from("\0\ud800\udfff😀"), max_size=20)
"""With halves of characters, which a JSON text can bring."""
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | HALVES | st.sampled_from(ODD)
EXTREMES: list[Any] = [10**5000, -(2**63) - 1, 2**64, 1e308, "x" * 1_000_000, ["x"] * 10_000, {"k" * 9000: "v"}]
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(HALVES, inner, max_size=4), max_leaves=12
)
NAMES = (
    "identity", "attributes", "messaging_binding", "friendly_name", "unique_name", "body", "subject", "media_sids",
    "content_sid", "content_variables", "last_read_message_index", "notification_level", "role_sid", "author", "timers",
    "bindings", "state", "access", "channel_type", "endpoint_platform", "message_types", "data",
    "binding_type", "address",
)  # fmt: skip
BINDINGS = st.dictionaries(st.sampled_from(["address", "proxy_address", "projected_address", "name", "level"]), JSON)
DOCUMENTS = st.dictionaries(st.sampled_from(NAMES) | HALVES, JSON | BINDINGS, max_size=4)
QUERIES = st.dictionaries(
    st.sampled_from(["PageSize", "PageToken", "Page", "MessageSid", "Parlour-Sort"]) | HALVES,
    st.lists(HALVES | st.sampled_from(ODD), max_size=3),
    max_size=3,
)


def deep(levels: int = 5000) -> Any:
    """A list in a list in a list …"""
    made: Any = []
    for _ in range(levels):
        made = [made]
    return made


class Room:
    """A conversation in which Alice, who calls, and Bob take part."""

    def __init__(self, alice: Caller, sid: str) -> None:
        self.alice, self.sid = alice, sid

    async def address(self, route: Route) -> list[str]:
        """The segments of a path of *route* to something that is there; a deletion finds nothing, so that all stays."""
        is_one = route.path.endswith(("Conversations/{Sid}", "MyConversations/{Sid}"))
        there = {"{Sid}": self.sid if is_one else "bob", "{ConversationSid}": self.sid}
        if "/Messages/{" in route.path:
            said = await self.alice.made(f"/Conversations/{self.sid}/Messages", body="x")
            there |= {"{Sid}": said["sid"], "{MessageSid}": said["sid"]}
        if route.operation.verb is Verb.DELETE:
            there["{Sid}"] = "nothing"
        return [there.get(part, part) for part in route.path.removeprefix(CLIENT).split("/")]


@pytest.fixture
async def room(api: AccountClient) -> Room:
    alice = await caller(api, "alice")
    sid = (await alice.made("/Conversations"))["sid"]
    await alice.made(f"/Conversations/{sid}/Participants", identity="alice")
    await api.made(f"/Conversations/{sid}/Participants", Identity="bob")
    return Room(alice, sid)


def check(answer: Answered) -> None:
    assert answer.status in (200, 201, 204) or answer.refusal[0] < 500


@settings(max_examples=20)
@given(sent=DOCUMENTS, query=QUERIES, segment=HALVES.filter(len) | st.none(), place=st.integers(0, 2))
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.id)
async def test_no_document_breaks_an_operation(
    room: Room, route: Route, sent: dict[str, Any], query: dict[str, list[str]], segment: str | None, place: int
) -> None:
    parts = await room.address(route)
    places = [number for number, part in enumerate(route.path.removeprefix(CLIENT).split("/")) if part.startswith("{")]
    if segment is not None and places:
        parts[places[place % len(places)]] = escaped(segment)
    is_read = route.operation.verb in (Verb.LIST, Verb.FETCH)
    check(await room.alice.call(route.method, "/".join(parts), query if is_read else Document(sent)))


@pytest.mark.parametrize("value", [*EXTREMES, deep()], ids=lambda value: type(value).__name__)
async def test_what_is_beyond_all_measure_is_refused(room: Room, value: Any) -> None:
    for route in ROUTES:
        form = route.operation.form
        if form is not None and route.method == "POST":
            path = "/".join(await room.address(route))
            for name in (field for field in form.shape.__struct_fields__ if field in NAMES):
                check(await room.alice.call("POST", path, Document({name: value})))
