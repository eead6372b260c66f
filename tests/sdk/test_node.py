"""The official Node library drives every operation, in both forms of the paths."""

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import pytest

from parlour.contract.rest import Route
from parlour.resources.accounts import actions as accounts
from tests.account_client import AccountClient, PathForm, new_account
from tests.conformance.world import furnish
from tests.sdk.client_process import JS, RELEASES
from tests.sdk.library import Library, Refused, Story, refusal, uncalled
from tests.sdk.node_library import node_library
from tests.sdk.node_process import FOLDER, Node, NodeMissing, running_node
from tests.sdk.parameters import CASES, Group, parameters_of
from tests.sdk.stories import STORIES


@pytest.mark.both_forms
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_the_library_tells_the_story_of(node: Node, api: AccountClient, story: Story) -> None:
    await node_library(node, api).tell(story)


@pytest.mark.both_forms
async def test_the_stories_call_every_operation(node: Node, api: AccountClient) -> None:
    with api.parlour.fulfilled() as requests:
        for story in STORIES:
            await node_library(node, await new_account(api.parlour, api.form)).tell(story)
    assert uncalled(requests, api.form) == set()


@pytest.mark.parametrize(("route", "group"), CASES)
async def test_the_library_sends_the_parameters_of(node: Node, api: AccountClient, route: Route, group: Group) -> None:
    own = replace(api, form=PathForm.SERVICE if route.explicit else PathForm.SHORT)
    await node_library(node, own).tell(parameters_of(route, group, await furnish(own)))


async def users_in(api: AccountClient, number: int) -> list[str]:
    return [(await api.made("/Users", Identity=f"user {each}"))["sid"] for each in range(number)]


@pytest.mark.both_forms
async def test_the_library_reads_on_through_all_pages(node: Node, api: AccountClient) -> None:
    made = await users_in(api, 53)

    def story(client: Library) -> None:
        users = client.scope.users
        assert [user.sid for user in users.list()] == made
        assert [user.sid for user in users.list(limit=200)] == made  # which asks for more than the list's largest page
        assert [user.sid for user in users.list(page_size=7, limit=20)] == made[:20]
        assert [user.sid for user in users.each(page_size=10)] == made
        assert [user.sid for user in users.each(limit=3)] == made[:3]

    await node_library(node, api).tell(story)


@pytest.mark.both_forms
async def test_the_library_goes_from_page_to_page_and_back(node: Node, api: AccountClient) -> None:
    made = await users_in(api, 5)

    def story(client: Library) -> None:
        first = client.scope.users.page(page_size=2)
        second = first.next_page()
        third = client.scope.users.get_page(second.next_page_url)
        pages = [[user.sid for user in page.instances] for page in (first, second, third, third.previous_page())]
        assert pages == [made[:2], made[2:4], made[4:], made[2:4]]
        assert third.next_page() is None

    await node_library(node, api).tell(story)


@pytest.mark.both_forms
async def test_a_row_that_was_fetched_can_be_acted_upon(node: Node, api: AccountClient) -> None:
    def story(client: Library) -> None:
        client.scope.conversations.create(unique_name="front desk")
        row = client.scope.conversations("front desk").fetch()
        assert row.update(friendly_name="Front desk").sid == row.sid
        participant = row.participants.create(identity="dana")
        assert [each.sid for each in row.participants.list()] == [participant.sid]
        assert row.fetch().friendly_name == "Front desk"
        assert row.delete() is True
        assert client.scope.conversations.list() == []

    await node_library(node, api).tell(story)


async def test_an_api_key_opens_the_account(node: Node, api: AccountClient) -> None:
    key, secret = await accounts.create_key(api.parlour.inside, api.account, None)

    def story(client: Library) -> None:
        assert client.v1.configuration().fetch().account_sid == api.account

    await node_library(node, api, key.sid, secret).tell(story)


async def test_a_refusal_is_the_exception_that_the_library_promises(node: Node, api: AccountClient) -> None:
    def unknown(client: Library) -> None:
        with pytest.raises(Refused) as raised:
            client.v1.users("nobody").fetch()
        assert (raised.value.status, raised.value.code) == (404, 20404)
        assert raised.value.more == {"moreInfo": "https://www.twilio.com/docs/errors/20404"}

    def wrong(client: Library) -> None:
        assert refusal(client.v1.configuration().fetch) == (401, 20003, "Authenticate")

    await node_library(node, api).tell(unknown)
    await node_library(node, api, password="wrong").tell(wrong)


def test_the_library_is_pointed_at_parlour_by_the_line_that_the_readme_tells(pytestconfig: pytest.Config) -> None:
    readme = (pytestconfig.rootpath / "README.md").read_text(encoding="utf-8")
    assert 'client.conversations.baseUrl = "http://127.0.0.1:8010";' in readme
    assert "client.conversations.baseUrl = url;" in (FOLDER / "drive.js").read_text(encoding="utf-8")


def test_without_node_or_with_an_old_one_it_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NodeMissing, match="make node"), running_node():
        pass
    for name in ("node", "npm"):
        (tmp_path / name).write_text("#!/bin/sh\necho v18.20.4\n")
        (tmp_path / name).chmod(0o755)
    with pytest.raises(NodeMissing, match="needs Node 20 or newer"), running_node():
        pass


@pytest.mark.parametrize(
    ("folder", "library"),
    [
        (FOLDER, "twilio"),
        (FOLDER.with_name("node3"), "twilio"),
        *((JS, f"conversations-{release}") for release in RELEASES),
    ],
)
def test_the_lock_pins_every_package_by_its_hash_and_says_no_place_to_get_it_from(folder: Path, library: str) -> None:
    text = (folder / "package-lock.json").read_text()
    assert "://" not in text
    packages = json.loads(text)["packages"]
    del packages[""]  # the program itself
    assert f"node_modules/{library}" in packages
    assert [name for name, package in packages.items() if not package.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []
