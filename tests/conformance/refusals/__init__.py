"""How each entry of the error catalogue is provoked over HTTP; importing this fills the table."""

from tests.conformance.refusals import (
    bindings,
    configuration,
    conversation_webhooks,
    conversations,
    deliveries,
    feed,
    general,
    messages,
    participants,
    services,
    webhooks,
)
from tests.conformance.refusals.table import REFUSALS

__all__ = [
    "REFUSALS", "bindings", "configuration", "conversation_webhooks", "conversations", "deliveries", "feed", "general",
    "messages", "participants", "services", "webhooks",
]  # fmt: skip
