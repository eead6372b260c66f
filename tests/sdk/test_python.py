"""The official Python library drives every operation, in both forms of the paths."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from parlour.contract.rest import Route
from parlour.resources.accounts import actions as accounts
from tests.account_client import AccountClient, PathForm, new_account
from tests.conformance.world import furnish
from tests.sdk.library import Library, Story, python_library, refusal, uncalled
from tests.sdk.parameters import CASES, Group, parameters_of
from tests.sdk.stories import STORIES


async def drive(api: AccountClient, story: Story) -> None:
    with python_library(api) as client:
        await client.tell(story)


@pytest.mark.both_forms
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_the_library_tells_the_story_of(api: AccountClient, story: Story) -> None:
    await drive(api, story)


@pytest.mark.both_forms
async def test_the_stories_call_every_operation(api: AccountClient) -> None:
    with api.parlour.fulfilled() as requests:
        for story in STORIES:
            await drive(await new_account(api.parlour, api.form), story)
    assert uncalled(requests, api.form) == set()


async def users_in(api: AccountClient, number: int) -> list[str]:
    return [(await api.made("/Users", Identity=f"user {each}"))["sid"] for each in range(number)]


@pytest.mark.both_forms
async def test_the_library_reads_on_through_all_pages(api: AccountClient) -> None:
    made = await users_in(api, 53)

    def story(client: Library) -> None:
        users = client.scope.users
        assert [user.sid for user in users.list()] == made
        assert [user.sid for user in users.list(limit=200)] == made  # which asks for more than the list's largest page
        assert [user.sid for user in users.list(page_size=7, limit=20)] == made[:20]
        assert [user.sid for user in users.stream(page_size=10)] == made
        assert [user.sid for user in users.list(limit=3)] == made[:3]

    await drive(api, story)


@pytest.mark.both_forms
async def test_the_library_goes_from_page_to_page_and_back(api: AccountClient) -> None:
    made = await users_in(api, 5)

    def sids(page: Any) -> list[str]:
        return [user.sid for user in page]

    def story(client: Library) -> None:
        first = client.scope.users.page(page_size=2)
        second = first.next_page()
        third = client.scope.users.get_page(second.next_page_url)
        assert sids(first) + sids(second) + sids(third) == made
        assert third.next_page() is None
        assert sids(client.scope.users.get_page(third.previous_page_url)) == made[2:4]

    await drive(api, story)


@pytest.mark.both_forms
async def test_a_row_that_was_created_can_be_acted_upon(api: AccountClient) -> None:
    def story(client: Library) -> None:
        conversation = client.scope.conversations.create()
        participant = conversation.participants.create(identity="dana")
        assert [each.sid for each in conversation.participants.list()] == [participant.sid]
        assert conversation.update(state="closed").state == "closed"
        assert conversation.fetch().state == "closed"
        assert conversation.delete() is True

    await drive(api, story)


async def test_an_api_key_opens_the_account(api: AccountClient) -> None:
    key, secret = await accounts.create_key(api.parlour.inside, api.account, None)

    def story() -> None:
        with python_library(api, key.sid, secret) as client:
            assert client.v1.configuration().fetch().account_sid == api.account

    await asyncio.to_thread(story)


async def test_wrong_credentials_raise_what_the_library_promises(api: AccountClient) -> None:
    def story() -> None:
        with python_library(api, password="wrong") as client:
            told = refusal(client.v1.configuration().fetch)
            assert told == (401, 20003, "Authenticate")

    await asyncio.to_thread(story)


async def test_a_missing_parameter_is_told_as_client_code_expects(api: AccountClient) -> None:
    def story(client: Library) -> None:
        assert refusal(lambda: client.v1.users.create(identity="")) == (
            400,
            20001,
            "Missing required parameter Identity in the post body",
        )

    await drive(api, story)


@pytest.mark.parametrize(("route", "group"), CASES)
async def test_the_library_sends_the_parameters_of(api: AccountClient, route: Route, group: Group) -> None:
    own = replace(api, form=PathForm.SERVICE if route.explicit else PathForm.SHORT)
    await drive(own, parameters_of(route, group, await furnish(own)))
