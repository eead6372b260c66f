"""The official client SDK, five releases of it, unmodified: what applications do with it works."""

import pytest

from tests.sdk.client_process import RELEASES
from tests.sdk.conftest import Sdks


@pytest.mark.parametrize("release", RELEASES)
async def test_every_release_reads_a_push(sdks: Sdks, release: str) -> None:
    told = {"twi_message_type": "twilio.conversations.new_message", "twi_title": "Alice", "twi_body": "hello"}
    push = {"data": {**told, "conversation_sid": "CH1", "message_index": "7", "message_sid": "IM1"}}
    sdk = await sdks.of(release)
    parsed = await sdk.ask("call_class", name="parsePushNotification", given=[push])
    assert (parsed.title, parsed.body, parsed.type) == ("Alice", "hello", told["twi_message_type"])
    assert parsed.data["conversationSid"] == "CH1"
