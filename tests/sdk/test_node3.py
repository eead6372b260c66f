"""A Node library of 2020, which sends every form as multipart/form-data, writes all that it knows of."""

import json

from tests.account_client import AccountClient
from tests.sdk.library import Library, refusal
from tests.sdk.node_library import node_library
from tests.sdk.node_process import FOLDER, Node

PACKAGE = FOLDER.with_name("node3") / "node_modules" / "twilio"


def test_it_is_a_release_that_sends_multipart(node3: Node) -> None:
    assert json.loads((PACKAGE / "package.json").read_text())["version"] == "3.39.1"
    assert "options.formData = opts.data" in (PACKAGE / "lib" / "base" / "RequestClient.js").read_text()


async def test_it_makes_changes_and_removes_everything_that_it_knows(node3: Node, api: AccountClient) -> None:
    def story(client: Library) -> None:
        conversations = client.v1.conversations
        talk = conversations.create(friendly_name="Grüße & Co. = 100 %", attributes='{"a" : "\\r\\n"}')
        assert (talk.friendly_name, talk.attributes) == ("Grüße & Co. = 100 %", '{"a" : "\\r\\n"}')
        assert talk.update(friendly_name="").friendly_name is None
        within = conversations(talk.sid)

        dana = within.participants.create(identity="dana")
        binding = {"messaging_binding_address": "+15551230001", "messaging_binding_proxy_address": "+15551230002"}
        phone = within.participants.create(**binding)
        assert phone.messaging_binding["proxy_address"] == "+15551230002"
        assert within.participants(dana.sid).update(attributes='{"b":1}').attributes == '{"b":1}'

        body = "one\r\n--two\n" + "é" * 1000
        message = within.messages.create(author="dana", body=body)
        assert (message.body, message.participant_sid) == (body, dana.sid)
        assert within.messages(message.sid).update(body="").body == ""

        filters = ["onMessageAdded", "onParticipantAdded"]
        hook = {"configuration_url": "https://example.org/?a=b&c=d", "configuration_filters": filters}
        webhook = within.webhooks.create(target="webhook", **hook)
        assert webhook.configuration["filters"] == filters
        changed = within.webhooks(webhook.sid).update(configuration_filters=filters[:1])
        assert changed.configuration["filters"] == filters[:1]

        for each in (within.webhooks(webhook.sid), within.messages(message.sid), within.participants(phone.sid)):
            assert each.delete() is True
        assert [row.sid for row in within.participants.list()] == [dana.sid]
        assert within.delete() is True
        assert refusal(within.fetch)[:2] == (404, 20404)

    with api.parlour.fulfilled() as requests:
        await node_library(node3, api).tell(story)
    assert [method for method, _ in requests].count("POST") == 9


async def test_its_refusals_are_the_published_ones(node3: Node, api: AccountClient) -> None:
    def story(client: Library) -> None:
        assert refusal(lambda: client.v1.conversations.create(attributes="{"))[:2] == (400, 50304)

    await node_library(node3, api).tell(story)
