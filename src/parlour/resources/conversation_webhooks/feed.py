"""How the webhooks of conversations look in the event feed."""

from parlour.contract.feed import FactMembers, Plain
from parlour.resources.conversation_webhooks.facts import WebhookReplayAsked

FACTS: FactMembers = {
    WebhookReplayAsked: {
        "webhook": Plain("the SID of the webhook"),
        "first_index": Plain("the index of the first message that it gets"),
        "last_index": Plain("that of the last"),
    }
}
"""By the type of a fact: what of it is shown."""
