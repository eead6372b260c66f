"""Whatever is thrown at an operation, it never breaks: it answers as announced, or refuses in the one shape."""

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from parlour.contract.rest import Route, Verb
from tests.account_client import FORM, AccountClient, Answer, encoded, new_account
from tests.conformance.openapi import Document, fetched
from tests.conformance.published import EVERY
from tests.conformance.world import CALLS, World, ask, furnish
from tests.http.raw import exchange

HEX = "0123456789abcdef" * 2
ODD = [
    "", " ", "null", "true", "false", "0", "-1", "1", "1.5", "1e9", str(2**31), str(2**63 - 1), str(2**63), "9" * 400,
    "{}", "[]", '"', '{"a":', '"\\ud800"', "[" * 500, "NaN",
    "0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00",
    "2026-02-29", "2026-05-01T00:00:00Z", "24:00", "2026-W01-1", "20260501T000000Z",
    "PT0S", "PT1S", "PT1M", "PT10M", "P36500D", "P1Y2M3W4DT5H6M7S", "P", "-P1D", "P99999999999D",
    "active", "inactive", "closed", "initializing", "ACTIVE", "asc", "desc", "muted", "default", "service",
    "conversation", "sendMessage", "joinConversation", "system", "dana", "lee", "order-1",
    "+15551230001", "+15551230002", "whatsapp:+15551230001", "messenger:1", "a@b.c", "rcs:x", "+0", "alphasender",
    f"AC{HEX}", f"IS{HEX}", f"CH{HEX}", f"MB{HEX}", f"IM{HEX}", f"US{HEX}", f"RL{HEX}", f"MG{HEX}", f"ME{HEX}",
    f"HX{HEX}",
    "x" * 256, "x" * 257, "é" * 256, "😀" * 300, "x" * 4097, "x" * 32769,
    "'; drop table users; --", "%00", "%", "${jndi}", "../..", "{name}", "{0}", "\x01", "\u2028", "\ufeff", "\x7f",
    "\r\n",
]  # fmt: skip
WORDS = st.sampled_from(ODD) | st.text(max_size=40)
SEGMENTS = (
    WORDS.map(lambda text: quote(text, safe="")).filter(len)
    | st.text("abcXYZ019-._~!$&'()*+,;=:@%[]{}|^\"<>\\", min_size=1, max_size=20)
    | st.sampled_from(["%00", "%ff", "%zz", "%2F", "%2e%2e", "..", ".", "%", "%C3%A9", "%ED%A0%80", "a" * 3000])
)


@st.composite
def values(draw: st.DrawFn, route: Route) -> dict[str, Any]:
    """A form or query: some of the operation's parameters with valid, odd or random values, some names unknown."""
    valid = CALLS.get((route.resource.name, route.operation.verb), {})
    names = [each.wire for each in route.parameters]
    if route.operation.verb is Verb.LIST:
        names += ["PageSize", "Page", "PageToken"]
    chosen = draw(st.sets(st.sampled_from(names), max_size=4)) if names else set()
    made: dict[str, Any] = dict(valid) if draw(st.booleans()) else {}
    for name in sorted(chosen):
        made[name] = draw(WORDS | st.lists(WORDS, min_size=1, max_size=3))
    return made | draw(st.dictionaries(st.text(max_size=10), WORDS, max_size=1))


@st.composite
def addresses(draw: st.DrawFn, world: World, route: Route) -> str:
    """The path to something in *world*, or with one segment replaced by anything."""
    address = world.address(route, by_alias=draw(st.booleans()))
    places = [number for number, part in enumerate(route.path.split("/")) if part.startswith("{")]
    if places and draw(st.integers(0, 3)) == 0:
        parts = address.split("/")
        parts[draw(st.sampled_from(places))] = draw(SEGMENTS)
        address = "/".join(parts)
    return address


@pytest.fixture
async def world(api: AccountClient) -> World:
    return await furnish(api)


@pytest.fixture
async def document(api: AccountClient) -> Document:
    return await fetched(api)


def check(answer: Answer, route: Route, document: Document) -> None:
    """It is an answer that was announced, and the server did not break."""
    if answer.status < 400:
        document.check_answer(route, answer)
        return
    assert answer.refusal[0] < 500
    assert "{name}" not in answer.message or "name" in answer.message.partition("/")[2]


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
@pytest.mark.parametrize("route", EVERY.values(), ids=lambda route: route.id)
async def test_odd_values_and_paths_break_nothing(
    world: World, document: Document, route: Route, data: st.DataObject
) -> None:
    address = data.draw(addresses(world, route), label="path")
    sent = encoded(data.draw(values(route), label="values"))
    if route.method == "POST":
        answer = await world.api.send("POST", address, sent.encode(), FORM)
    else:
        assume(len(sent) < 30_000)  # a longer line is no HTTP to the server, which is not ours to answer
        answer = await world.api.send(route.method, f"{address}?{sent}" if sent else address)
    check(answer, route, document)


@pytest.mark.parametrize(
    "route", [each for each in EVERY.values() if each.parameters and not each.explicit], ids=lambda route: route.id
)
async def test_every_odd_value_of_every_parameter_breaks_nothing(
    api: AccountClient, document: Document, route: Route
) -> None:
    world = await furnish(api)
    valid = CALLS.get((route.resource.name, route.operation.verb), {})
    for parameter in route.parameters:
        for odd in ODD:
            answer = await ask(world.api, route, world.address(route), {**valid, parameter.wire: odd})
            check(answer, route, document)
            if route.operation.verb is Verb.UPDATE and "closed" in (odd, answer.json.get("state")):
                world = await furnish(await new_account(api.parlour))


@settings(max_examples=100)
@given(
    body=st.binary(max_size=60) | st.text("a=&%;+\x00FriendlyName1", max_size=60).map(str.encode),
    content_type=st.sampled_from([*FORM.values(), "", "application/json", "text/plain", ";", "application/"]),
)
async def test_any_bytes_as_a_body_break_nothing(api: AccountClient, body: bytes, content_type: str) -> None:
    headers = f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n".encode()
    answer = await exchange(api, b"POST /v1/Services HTTP/1.1", headers, body)
    assert answer.status in (201, 400, 415)
    assert answer.json.keys() >= ({"sid"} if answer.status == 201 else {"code", "message", "more_info", "status"})


@settings(max_examples=100)
@given(raw=st.text("abc/%?=&+;:@!$'()*,~.-_0189ACF", max_size=40))
async def test_any_path_and_query_break_nothing(api: AccountClient, raw: str) -> None:
    answer = await api.send("GET", f"/v1/{raw}")
    assert answer.status in (200, 400, 404)
    assert answer.status == 200 or answer.refusal


@settings(max_examples=100)
@given(header=st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=60))
async def test_any_credentials_break_nothing(api: AccountClient, header: str) -> None:
    for sent in (header, f"Basic {header}"):
        raw = b"Authorization: " + sent.encode("latin-1") + b"\r\n"
        answer = await exchange(api, b"GET /v1/Users HTTP/1.1", raw, authorized=False)
        assert answer.status in (400, 401)
