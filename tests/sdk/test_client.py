"""The official client SDK, five releases of it, unmodified: what applications do with it works."""

import logging

import pytest

from tests.account_client import AccountClient
from tests.sdk.client_process import RELEASES
from tests.sdk.client_stories import STORIES
from tests.sdk.conftest import Sdks
from tests.sdk.stage import Story, staged


@pytest.mark.parametrize("release", RELEASES)
async def test_every_release_reads_a_push(sdks: Sdks, release: str) -> None:
    told = {"twi_message_type": "twilio.conversations.new_message", "twi_title": "Alice", "twi_body": "hello"}
    push = {"data": {**told, "conversation_sid": "CH1", "message_index": "7", "message_sid": "IM1"}}
    sdk = await sdks.of(release)
    parsed = await sdk.ask("call_class", name="parsePushNotification", given=[push])
    assert (parsed.title, parsed.body, parsed.type) == ("Alice", "hello", told["twi_message_type"])
    assert parsed.data["conversationSid"] == "CH1"


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
@pytest.mark.parametrize("release", RELEASES)
async def test_the_sdk_tells_the_story_of(
    sdks: Sdks, api: AccountClient, caplog: pytest.LogCaptureFixture, release: str, story: Story
) -> None:
    async with staged(await sdks.of(release), api) as stage:
        await story(stage)
    faults = [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]
    assert not faults, "the server logged these"
