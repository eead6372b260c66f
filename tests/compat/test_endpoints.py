"""What an account has called is counted and told: to programs as a document, to people as a page."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from parlour.compat.usage import OPERATIONS
from parlour.compat.usage_counter import UsageCounter
from tests.account_client import FORM, NOT_FOUND, AccountClient, new_account
from tests.conformance.published import PUBLISHED, SERVED
from tests.conformance.world import furnish
from tests.database import migrated_database
from tests.server import Parlour, serving

COMPAT = "/parlour/v1/compat"
PORTABILITY = "/parlour/v1/portability"
SDK = {"User-Agent": "twilio-python/9.8.0 (Linux x86_64) Python/3.11.2"}


async def told(api: AccountClient) -> dict[str, Any]:
    answer = await api.send("GET", api.url + COMPAT)
    assert answer.status == 200
    document: dict[str, Any] = answer.json
    return document


async def used(api: AccountClient, operation: str) -> dict[str, Any]:
    return next(each for each in (await told(api))["operations"] if each["operation"] == operation)


async def test_nothing_is_told_of_an_account_that_called_nothing(api: AccountClient) -> None:
    document = await told(api)
    assert document["summary"] == "No call was counted yet."
    assert (document["operations"], document["unserved"], document["sdks"], document["first_at"]) == ([], {}, {}, None)


async def test_calls_are_counted_by_operation_and_path_form(api: AccountClient) -> None:
    for _ in range(3):
        await api.get("/v1/Users")
    await api.get(f"/v1/Services/{api.service}/Users")
    document = await told(api)
    assert {each["operation"]: each["count"] for each in document["operations"]} == {
        "ListUser": 3,
        "ListServiceUser": 1,
    }
    assert (document["operations_used"], document["operations_published"]) == (2, OPERATIONS)
    await api.get("/v1/Users")
    assert (await used(api, "ListUser"))["count"] == 4


async def test_asking_for_the_counts_is_not_counted(api: AccountClient) -> None:
    await told(api)
    assert (await told(api))["operations"] == []


async def test_parameters_are_told_by_name_the_unknown_ones_apart(api: AccountClient) -> None:
    await api.made("/v1/Users", Identity="dana", FreindlyName="Dana")
    await api.made("/v1/Users", Identity="lee", FriendlyName="Lee")
    await api.get("/v1/Users", PageSize=1, Sort="name")
    creating, listing = await used(api, "CreateUser"), await used(api, "ListUser")
    assert creating["parameters"] == {"FriendlyName": 1, "Identity": 2}
    assert (creating["unknown_parameters"], creating["meant"]) == (
        {"FreindlyName": 1},
        {"FreindlyName": "FriendlyName"},
    )
    assert listing["parameters"] == {"PageSize": 1}
    assert (listing["unknown_parameters"], listing["meant"]) == ({"Sort": 1}, {})


async def test_the_page_says_which_parameter_was_meant(api: AccountClient) -> None:
    await api.made("/v1/Users", Identity="dana", friendlyName="Dana", **{"<b>": "1"})
    page = (await api.send("GET", COMPAT, headers={"Accept": "text/html"})).body.decode()
    assert "ignored: <code>&lt;b&gt;</code>, <code>friendlyName</code> (<code>FriendlyName</code>?)" in page


async def test_a_parameter_for_what_parlour_lacks_is_told(api: AccountClient) -> None:
    conversation = await api.made("/v1/Conversations")
    path = f"/v1/Conversations/{conversation['sid']}/Messages"
    await api.made(path, Body="hello")
    lacking = "Content templates: `ContentSid` is refused"
    assert not any(each.startswith(lacking) for each in (await used(api, "CreateConversationMessage"))["differences"])
    assert (await api.post(path, ContentSid=f"HX{1:032x}")).refusal == (400, 50526)
    assert any(each.startswith(lacking) for each in (await used(api, "CreateConversationMessage"))["differences"])


async def test_names_that_callers_make_up_are_bounded_and_harmless(api: AccountClient) -> None:
    await api.post("/v1/Users", **{"Identity": "dana", "x" * 500: "1", "\0<b> name": "1"})
    await api.post("/v1/Users", **{f"P{number}": "1" for number in range(500)})
    unknown = (await used(api, "CreateUser"))["unknown_parameters"]
    assert {"x" * 64, "?<b> name"} <= set(unknown)
    assert len(unknown) == 2 + 16


async def test_refusals_are_told_by_code(api: AccountClient) -> None:
    await api.post("/v1/Users", Identity="x" * 257)
    await api.post("/v1/Users")
    await api.get("/v1/Users/nobody")
    assert (await used(api, "CreateUser"))["errors"] == {"20001": 1, "50207": 1}
    assert (await used(api, "FetchUser"))["errors"] == {"20404": 1}


async def test_libraries_are_told_with_their_versions(api: AccountClient) -> None:
    path = api.at("/v1/Users")
    for agent in (
        "twilio-python/9.8.0 (Linux x86_64) Python/3.11.2",
        "twilio-node/6.0.1 (linux x64) node/20",
        "<script>",
    ):
        await api.send("GET", path, headers={"User-Agent": agent})
    await api.send("GET", path, headers=SDK)
    assert (await told(api))["sdks"] == {"twilio-python 9.8.0": 2, "other": 1, "twilio-node 6.0.1": 1}


async def test_what_is_not_served_is_told_by_the_shape_of_its_path(api: AccountClient) -> None:
    for name in ("dana", "lee"):
        assert (await api.get(f"/v1/Users/{name}/Photos")).refusal == NOT_FOUND
    await api.send("PUT", "/v1/Users/dana", b"", FORM)
    await api.get("/v1/Users/dana/%00%ff<script>")
    document = await told(api)
    assert document["unserved"] == {"GET /v1/Users/{}/Photos": 2, "GET /v1/Users/{}/{}": 1, "PUT /v1/Users/{}": 1}
    assert document["summary"] == "0 of 103 operations used. 3 calls for what parlour does not serve."
    assert sum(document["sdks"].values()) == 4


async def test_what_others_call_is_not_told(api: AccountClient, other_api: AccountClient) -> None:
    await api.get("/v1/Users")
    assert (await told(other_api))["operations"] == []
    assert (await api.parlour.client.get(api.url + COMPAT)).status == 401


async def test_every_operation_is_known_by_its_published_id(api: AccountClient) -> None:
    world = await furnish(api)
    for route in sorted(SERVED.values(), key=lambda route: route.method == "DELETE"):
        await world.call(route)
    document = await told(api)
    assert {each["operation"] for each in document["operations"]} == set(SERVED)
    assert document["unserved"] == {}


def test_the_number_of_operations_is_that_of_the_published_ones() -> None:
    assert len(PUBLISHED) == OPERATIONS


async def test_a_browser_gets_a_page_and_is_asked_for_a_password(api: AccountClient) -> None:
    await api.send("GET", api.at("/v1/Users?%3Cb%3E=1"), headers=SDK)
    address = api.url + COMPAT
    wants = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    answer = await api.send("GET", address, headers=wants)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Accept" in answer.headers["Vary"]
    page = answer.body.decode()
    for expected in ("1 of 103 operations used", "ListUser", "twilio-python 9.8.0", "&lt;b&gt;", api.account):
        assert expected in page
    assert "<b>" not in page
    assert not re.search(r"""(src|href)=|@import|url\(""", page), "nothing comes from elsewhere"
    refused = await api.parlour.client.get(address, headers=wants)
    assert (refused.status, refused.headers["WWW-Authenticate"].partition(" ")[0]) == (401, "Basic")


@pytest.mark.parametrize("accept", ["application/json", "*/*", "application/json, text/html;q=0.5", ""])
async def test_a_program_gets_a_document(api: AccountClient, accept: str) -> None:
    answer = await api.send("GET", api.url + COMPAT, headers={"Accept": accept})
    assert set(answer.json) >= {"summary", "operations", "unserved", "sdks", "differences"}


@pytest.fixture
async def relaxed_api(database_url: str) -> AsyncIterator[AccountClient]:
    async with serving(database_url, limits="relaxed") as running:
        yield await new_account(running)


async def test_portability_tells_which_limits_were_passed(relaxed_api: AccountClient) -> None:
    for _ in range(2):
        await relaxed_api.made("/v1/Conversations", FriendlyName="x" * 257)
    await relaxed_api.made("/v1/Conversations", FriendlyName="x")
    document = (await relaxed_api.send("GET", relaxed_api.url + PORTABILITY)).json
    (passed,) = document["would_refuse"]
    assert document["limits"] == "relaxed"
    assert (passed["operation"], passed["code"], passed["count"]) == ("CreateConversation", 50003, 2)
    assert passed["more_info"] == "https://www.twilio.com/docs/errors/50003"
    assert (await used(relaxed_api, "CreateConversation"))["would_refuse"] == {"50003": 2}


async def test_where_limits_are_strict_nothing_passes_them(api: AccountClient) -> None:
    await api.post("/v1/Conversations", FriendlyName="x" * 257)
    document = (await api.send("GET", api.url + PORTABILITY)).json
    assert document == {"limits": "strict", "would_refuse": []}


async def test_who_does_not_want_to_be_watched_is_not(database_url: str) -> None:
    async with serving(database_url, count_usage=False, limits="relaxed") as running:
        api = await new_account(running)
        await api.get("/v1/Users")
        await api.get("/v1/Photos")
        await api.made("/v1/Conversations", FriendlyName="x" * 257)
        document = await told(api)
        assert (document["operations"], document["unserved"], document["sdks"]) == ([], {}, {})
        assert (document["is_counting"], "is off" in document["summary"]) == (False, True)
        page = await api.send("GET", api.url + COMPAT, headers={"Accept": "text/html"})
        assert "from now on" not in page.body.decode()
        portability = (await api.send("GET", api.url + PORTABILITY)).json
        assert [each["code"] for each in portability["would_refuse"]] == [50003]


async def test_what_was_counted_outlives_the_process(postgres: str) -> None:
    async def listed(running: Parlour, api: AccountClient) -> int:
        counted = await UsageCounter(running.inside.database, running.inside.clock).of(api.account)
        return sum(each.count for each in counted if each.name == "ListUser")

    async with migrated_database(postgres) as url:
        async with serving(url) as first:
            api = await new_account(first)
            await api.get("/v1/Users")
        async with serving(url) as second:
            assert await listed(second, api) == 1
