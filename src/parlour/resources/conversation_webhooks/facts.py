"""Facts about the webhooks of conversations."""

from typing import ClassVar

from parlour.core.audience import Audience
from parlour.core.facts import Fact


class WebhookReplayAsked(Fact, frozen=True, kw_only=True):
    """A webhook was created that also gets earlier messages.

    Webhooks get it even if the caller asked for none, since this asks for one.
    """

    always_concerns: ClassVar[Audience] = Audience.WEBHOOK

    webhook: str
    """Its SID."""
    conversation_sid: str
    first_index: int
    last_index: int
    """The index of the newest message when it was made."""
