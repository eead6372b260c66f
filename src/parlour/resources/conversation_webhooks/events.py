"""Facts about the webhooks of conversations."""

from parlour.core.events import Fact
from parlour.resources.conversation_webhooks.model import ConversationWebhook

REPLAY_ASKED = "WebhookReplayAsked"


def replay_asked(webhook: ConversationWebhook, last_index: int) -> Fact:
    """A webhook was made that wants to be told of the messages from an index on, the newest of which is *last_index*.

    It is told even if the caller asked for no webhooks, since this asks for one.
    """
    payload = {"webhook": webhook.sid, "first_index": webhook.replay_after, "last_index": last_index}
    return Fact(type=REPLAY_ASKED, payload=payload, conversation_sid=webhook.conversation_sid, webhooks=True)
