"""The official client SDK, five releases of it, unmodified: what applications do with it works."""

import asyncio
import logging

import pytest

from tests.account_client import AccountClient, new_account
from tests.sdk.client_process import NEWEST, RELEASES
from tests.sdk.client_stories import STORIES
from tests.sdk.conftest import Sdks
from tests.sdk.stage import Story, staged
from tests.server import Parlour

ELSEWHERE = {
    "Client.updateToken",  # test_client_connection.py
    "RestPaginator.nextPage",  # of recipients of messages, of whom there are none without e-mail
    "RestPaginator.prevPage",
    "User.entityName",  # which can only be set, by the SDK itself
}
OF_MEDIA = {
    "Client.getTemporaryContentUrlsForMedia",
    "Client.getTemporaryContentUrlsForMediaSids",
    "ContentTemplateVariable.copyWithValue",
    "Media.category",
    "Media.contentType",
    "Media.filename",
    "Media.getContentTemporaryUrl",
    "Media.sid",
    "Media.size",
    "Message.attachTemporaryUrlsFor",
    "Message.getContentData",
    "Message.getTemporaryContentUrlsForAttachedMedia",
    "Message.getTemporaryContentUrlsForMedia",
    "Message.getTemporaryContentUrlsForMediaSids",
    "MessageBuilder.addMedia",
    "MessageBuilder.setContentTemplate",
    "MessageBuilder.setEmailBody",
    "MessageBuilder.setEmailHistory",
}
"""What is of use only with media, e-mail and templates, which parlour does not serve yet."""


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


async def test_the_stories_use_every_public_member(sdks: Sdks, parlour: Parlour) -> None:
    """They are told all at once, in one process, which is a test, too."""
    sdk = await sdks.of(NEWEST)

    async def tell(story: Story) -> None:
        async with staged(sdk, await new_account(parlour)) as stage:
            await story(stage)

    await asyncio.gather(*(tell(story) for story in STORIES))
    members, called = set(await sdk.ask("members")), set(await sdk.ask("called"))
    unused = members - called - sdk.seen - ELSEWHERE
    assert not unused - OF_MEDIA, " ".join(sorted(unused - OF_MEDIA))
    assert not OF_MEDIA - unused, " ".join(sorted(OF_MEDIA - unused))
