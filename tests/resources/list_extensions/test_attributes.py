"""Parlour-Attributes.<key>: conversations are found by the members of their attributes, exactly as these stand."""

import json
from urllib.parse import quote

import pytest

from parlour.resources.list_extensions.model import MAX_FILTER_BYTES, MAX_FILTERS
from tests.account_client import AccountClient
from tests.resources.list_extensions.lists import (
    ADDRESS,
    CONVERSATIONS,
    IDENTITY,
    INVALID,
    USERS,
    Found,
    extended,
    join,
    on_every_list,
)

TEAMS = {
    "one": '{"team":"blue","priority":1}',
    "two": '{"team":"red","priority":1}',
    "three": '{"team":"blue","priority":2}',
    "four": "{}",
    "five": '["team","blue"]',
    "six": '{"team":"blue","priority":1,"more":{"team":"red"}}',
}


@pytest.fixture
async def teams(api: AccountClient) -> AccountClient:
    """Conversations made in this order, the last of them with the newest message but one."""
    for name, attributes in TEAMS.items():
        await join(api, name, Attributes=attributes)
    for name in ("one", "six", "two"):
        await api.made(f"/Conversations/{name}/Messages", Body="text")
    return api


@pytest.mark.both_forms
@on_every_list
async def test_a_list_has_the_conversations_with_that_attribute(teams: AccountClient, path: str) -> None:
    found = Found(teams, path)
    asked = {"Parlour-Sort": "created", "Parlour-Order": "asc"}
    assert await found.names(**asked, **{"Parlour-Attributes.team": "blue"}) == ["one", "three", "six"]
    assert await found.names(**asked, **{"Parlour-Attributes.priority": 1}) == ["one", "two", "six"]
    assert await found.names(**{"Parlour-Attributes.team": "green"}) == []
    assert await found.names(**{"Parlour-Attributes.colour": "blue"}) == []


@on_every_list
async def test_several_attributes_must_all_be_there(teams: AccountClient, path: str) -> None:
    found = Found(teams, path)
    both = {"Parlour-Attributes.team": "blue", "Parlour-Attributes.priority": "1"}
    for sort in ("created", "last-activity"):
        assert await found.names(**both, **{"Parlour-Sort": sort}) == ["six", "one"]
    assert await found.names(**both, **{"Parlour-Attributes.more": "red"}) == []


@on_every_list
async def test_attributes_go_with_every_sort(teams: AccountClient, path: str) -> None:
    found, blue = Found(teams, path), {"Parlour-Attributes.team": "blue"}
    assert await found.names(**blue, **{"Parlour-Sort": "last-activity"}) == ["six", "one", "three"]
    assert await found.names(**blue, **{"Parlour-Sort": "last-activity", "Parlour-Order": "asc"}) == [
        "three", "one", "six",
    ]  # fmt: skip
    assert await found.names(**blue, **{"Parlour-Sort": "created"}) == ["six", "three", "one"]


async def test_conversations_with_an_attribute_come_by_creation_newest_first(teams: AccountClient) -> None:
    assert await Found(teams, CONVERSATIONS).names(**{"Parlour-Attributes.team": "blue"}) == ["six", "three", "one"]


@pytest.mark.parametrize("few", [0, 1, 2, 1000])
async def test_it_does_not_matter_how_many_have_the_attribute(
    teams: AccountClient, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement goes another way where there are many; it must come to the same."""
    monkeypatch.setattr("parlour.resources.conversations.queries.MAX_GATHERED", few)
    monkeypatch.setattr("parlour.resources.list_extensions.queries.MAX_GATHERED", few)
    found, by_activity = Found(teams, CONVERSATIONS), {"Parlour-Sort": "last-activity"}
    assert await found.names(**by_activity, **{"Parlour-Attributes.team": "blue"}) == ["six", "one", "three"]
    both = {"Parlour-Attributes.team": "blue", "Parlour-Attributes.priority": "1"}
    assert await found.names(**by_activity, **both) == ["six", "one"]
    assert await found.names(**both, State="active", StartDate="2001-01-01") == ["six", "one"]
    await teams.post("/Conversations/six", State="inactive")
    assert await found.names(**by_activity, **both, State="active") == ["one"]


@on_every_list
async def test_the_total_counts_what_has_the_attributes(teams: AccountClient, path: str) -> None:
    both = {"Parlour-Attributes.team": "blue", "Parlour-Attributes.priority": "1"}
    for query, total in (({"Parlour-Attributes.team": "blue"}, 3), (both, 2), ({"Parlour-Attributes.x": "y"}, 0)):
        for sort in ("created", "last-activity"):
            asked = {**query, "Parlour-Count": "true", "Parlour-Sort": sort, "PageSize": 1}
            assert (await teams.get(extended(path, asked))).meta["total"] == total


async def test_the_total_heeds_attributes_and_the_published_filters_together(teams: AccountClient) -> None:
    await teams.post("/Conversations/one", State="inactive")
    blue = {"Parlour-Attributes.team": "blue", "Parlour-Count": "true"}
    for query, total in (
        ({"State": "inactive"}, 1), ({"State": "active"}, 2), ({"StartDate": "2001-01-01"}, 3),
        ({"EndDate": "2001-01-01"}, 0), ({"State": "closed", "StartDate": "2001-01-01"}, 0),
    ):  # fmt: skip
        assert (await teams.get(extended(CONVERSATIONS, {**blue, **query}))).meta["total"] == total


@pytest.mark.parametrize(
    ("attributes", "value"),
    [
        ('{"key":"text"}', "text"), ('{"key":"with space"}', "with space"), ('{"key":"12"}', "12"),
        ('{"key":12}', "12"), ('{"key":-1.50}', "-1.50"), ('{"key":1e3}', "1000"), ('{"key":0.1}', "0.1"),
        ('{"key":true}', "true"), ('{"key":false}', "false"), ('{"key":null}', "null"), ('{"key":"null"}', "null"),
        ('{"key":"\\u00e9"}', "é"), ('{"key":"\\ud83d\\ude00"}', "😀"), ('{"key":"a","key":"b"}', "b"),
        ('{"key":"\'; drop table users; --"}', "'; drop table users; --"), ('  {"key" : "x" } ', "x"),
    ],
)  # fmt: skip
async def test_a_value_is_compared_as_text(api: AccountClient, attributes: str, value: str) -> None:
    await join(api, "one", Attributes=attributes)
    for path in (CONVERSATIONS, USERS):
        assert await Found(api, path).names(**{"Parlour-Attributes.key": value}) == ["one"]
        assert await Found(api, path).names(**{"Parlour-Attributes.key": value + "x"}) == []
        assert await Found(api, path).names(**{"Parlour-Attributes.KEY": value}) == []


@pytest.mark.parametrize("key", ["a.b", "a b", "", "é", "Key", "a&b=c", "<key>", "'", "%"])
async def test_a_key_may_be_any_text(api: AccountClient, key: str) -> None:
    await join(api, "one", Attributes=json.dumps({key: "x"}))
    assert await Found(api, CONVERSATIONS).names(**{f"Parlour-Attributes.{key}": "x"}) == ["one"]


@pytest.mark.parametrize(
    "attributes",
    ['{"key":{"key":"x"}}', '{"key":["x"]}', '["key","x"]', '"key"', "12", "null", '{"key":"%s"}' % ("x" * 257),
     '{"key":"x","other":"\\u0000"}', '{"key":"x","other":"\\ud800"}', '{"key":"x","\\udc00":1}',
     '{"key":"x","other":1e999999}'],
)  # fmt: skip
async def test_what_the_table_cannot_hold_is_kept_and_not_found(api: AccountClient, attributes: str) -> None:
    """Any JSON text is accepted, and shown as it was sent; by some of them nobody can search."""
    path = await join(api, "one", Attributes=attributes)
    assert (await api.get(path)).row["attributes"] == attributes
    assert await Found(api, CONVERSATIONS).names(**{"Parlour-Attributes.key": "x"}) == []
    assert (await api.post(path, Attributes='{"key":"x"}')).status == 200
    assert await Found(api, CONVERSATIONS).names(**{"Parlour-Attributes.key": "x"}) == ["one"]
    assert (await api.post(path, Attributes=attributes)).status == 200
    assert await Found(api, CONVERSATIONS).names(**{"Parlour-Attributes.key": "x"}) == []


async def test_the_longest_keys_and_values_are_found(api: AccountClient) -> None:
    key, value = "é" * (MAX_FILTER_BYTES // 2), "😀" * (MAX_FILTER_BYTES // 4)
    await join(api, "one", Attributes=json.dumps({key: value, key + "x": "x"}))
    assert await Found(api, CONVERSATIONS).names(**{f"Parlour-Attributes.{key}": value}) == ["one"]
    for name, sent in ((f"Parlour-Attributes.{key}x", "x"), ("Parlour-Attributes.a", value + "x")):
        assert (await api.get(extended(CONVERSATIONS, {name: sent}))).refusal == INVALID


async def test_of_very_many_members_the_first_hundred_by_name_are_found(api: AccountClient) -> None:
    members = {f"key{number:03}": number for number in reversed(range(150))}
    await join(api, "one", Attributes=json.dumps(members))
    found = Found(api, CONVERSATIONS)
    assert await found.names(**{"Parlour-Attributes.key099": "99"}) == ["one"]
    assert await found.names(**{"Parlour-Attributes.key100": "100"}) == []


async def test_more_filters_than_there_may_be_are_refused(api: AccountClient) -> None:
    query = {f"Parlour-Attributes.{number}": "x" for number in range(MAX_FILTERS + 1)}
    answer = await api.get(extended(CONVERSATIONS, query))
    assert (answer.refusal, answer.message) == (INVALID, "Invalid parameter Parlour-Attributes.<key>")
    query.popitem()
    assert (await api.get(extended(CONVERSATIONS, query))).rows == []


async def test_a_key_with_a_nul_is_refused(api: AccountClient) -> None:
    assert (await api.get("/Conversations?Parlour-Attributes.a%00=x")).refusal == INVALID


async def test_attributes_that_change_are_found_as_they_are_now(api: AccountClient) -> None:
    path = await join(api, "one", Attributes='{"a":1,"b":2}')
    for change, a, b, c in (('{"b":3,"c":4}', [], ["one"], ["one"]), ("{}", [], [], []), ('{"a":1}', ["one"], [], [])):
        assert (await api.post(path, Attributes=change)).status == 200
        for key, value, names in (("a", 1, a), ("b", 3, b), ("c", 4, c)):
            assert await Found(api, CONVERSATIONS).names(**{f"Parlour-Attributes.{key}": value}) == names


async def test_a_changed_date_of_creation_changes_the_order_among_attributes(teams: AccountClient) -> None:
    await teams.post("/Conversations/six", DateCreated="2001-01-01T00:00:00Z")
    found, blue = Found(teams, CONVERSATIONS), {"Parlour-Attributes.team": "blue"}
    assert await found.names(**blue) == ["three", "one", "six"]
    assert await found.names(**blue, EndDate="2001-01-01") == ["six"]
    assert await found.names(**blue, StartDate="2001-01-02") == ["three", "one"]


@on_every_list
async def test_a_deleted_conversation_is_found_no_more(teams: AccountClient, path: str) -> None:
    for each in ("one", "six"):
        assert (await teams.delete(f"/Conversations/{each}")).status == 204
    assert await Found(teams, path).names(**{"Parlour-Attributes.team": "blue"}) == ["three"]


async def test_a_closed_conversation_stays_found(teams: AccountClient) -> None:
    await teams.post("/Conversations/three", State="closed")
    for path in (USERS, CONVERSATIONS, IDENTITY, ADDRESS):
        assert len(await Found(teams, path).names(**{"Parlour-Attributes.team": "blue"})) == 3


async def test_attributes_of_another_service_are_not_found(api: AccountClient, teams: AccountClient) -> None:
    other = api.in_service((await api.made("/v1/Services", FriendlyName="another"))["sid"])
    await other.made("/Conversations", UniqueName="one", Attributes='{"team":"blue"}')
    assert await Found(other, CONVERSATIONS).names(**{"Parlour-Attributes.team": "blue"}) == ["one"]
    assert (await teams.delete(f"/v1/Services/{other.service}")).status == 204
    assert len(await Found(teams, CONVERSATIONS).names(**{"Parlour-Attributes.team": "blue"})) == 3


async def test_a_key_that_is_sent_twice_counts_as_it_was_sent_last(teams: AccountClient) -> None:
    asked = "/Conversations?" + "&".join(f"Parlour-Attributes.team={quote(value)}" for value in ("blue", "red"))
    assert [row["unique_name"] for row in (await teams.get(asked)).rows] == ["two"]
