"""Hook: a webhook as the events see it."""

from enum import StrEnum

import msgspec

from parlour.core.facts import Fact
from parlour.core.webhook_events import PostEvent, PreEvent
from parlour.resources.messages.facts import MessageAdded

STUDIO = "studio"
"""The target of a scoped webhook that hands messages to a Studio flow."""
FLEX = "flex"
"""The target of an account's webhooks that go to a product which parlour is not: nothing is sent."""


class Level(StrEnum):
    """Whose a webhook is that is no conversation's."""

    ACCOUNT = "account"
    SERVICE = "service"


class ServiceHooks(msgspec.Struct, frozen=True):
    """The webhooks that are in force for a service, its own or else the account's."""

    service_sid: str
    account_sid: str
    hook: Level
    pre_url: str | None
    post_url: str | None
    method: str
    filters: list[str]
    is_flex: bool = False

    def silence(self, event: str) -> str | None:
        """Why nothing is sent of *event*, in words that follow "because"; None if something is."""
        if self.is_flex:
            return "its Target is flex, to which nothing is sent"
        before = event in tuple(PreEvent)
        if not (self.pre_url if before else self.post_url):
            return f"it has no {'Pre' if before else 'Post'}WebhookUrl"
        return None if event in self.filters else f"its Filters do not name {event}"


class ScopedHook(msgspec.Struct, frozen=True):
    """A webhook of one conversation."""

    service_sid: str
    conversation_sid: str
    sid: str
    target: str
    url: str | None
    method: str | None
    filters: list[str] | None
    triggers: list[str] | None
    flow_sid: str | None
    born_event_id: int
    """What happened before is not its business."""

    def wants(self, event: str, event_id: int, fact: Fact | None) -> bool:
        """Whether the fact with that number, announced as *event*, concerns this webhook."""
        return self.silence(event, event_id, fact) is None

    def silence(self, event: str, event_id: int, fact: Fact | None) -> str | None:
        """Why it does not concern this webhook, in words that follow "because"; None if it does."""
        if event_id <= self.born_event_id:
            return "it was made after the event"
        if self.target == "webhook":
            return None if event in (self.filters or ()) else f"its Filters do not name {event}"
        if event != PostEvent.MESSAGE_ADDED or not isinstance(fact, MessageAdded):
            return "it gets new messages only"
        if self.target == STUDIO or self._is_triggered(fact.message.body):
            return None
        return f"the body has none of its Triggers ({', '.join(self.triggers or ())})"

    def _is_triggered(self, body: str | None) -> bool:
        said = (body or "").casefold()
        return any(word.casefold() in said for word in self.triggers or ())
