"""The official Node library drives every operation, in both forms of the paths."""

from collections.abc import Iterator

import pytest

from tests.house import House, new_house
from tests.sdk.library import Story, uncalled
from tests.sdk.node_library import node_library
from tests.sdk.node_process import Node, NodeMissing, running_node
from tests.sdk.stories import STORIES


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    """A Node process with the library in it; without Node its tests are skipped."""
    try:
        with running_node() as node:
            yield node
    except NodeMissing as missing:
        pytest.skip(str(missing))


@pytest.mark.both_forms
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_the_library_tells_the_story_of(node: Node, house: House, story: Story) -> None:
    await node_library(node, house).tell(story)


@pytest.mark.both_forms
async def test_the_stories_call_every_operation(node: Node, house: House) -> None:
    with house.parlour.fulfilled() as requests:
        for story in STORIES:
            await node_library(node, await new_house(house.parlour, house.form)).tell(story)
    assert uncalled(requests, house.form) == set()
