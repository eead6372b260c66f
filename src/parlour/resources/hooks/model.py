"""Hook: a webhook as the events see it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from parlour.core.webhook_events import PostEvent

ACCOUNT = "account"
SERVICE = "service"
STUDIO = "studio"
"""The target of a scoped webhook that hands messages to a Studio flow."""
FLEX = "flex"
"""The target of an account's webhooks that go to a product which parlour is not: nothing is sent."""


class ServiceHooks(msgspec.Struct, frozen=True):
    """The webhooks that are in force for a service, its own or else the account's."""

    service_sid: str
    account_sid: str
    hook: str
    """ACCOUNT or SERVICE."""
    pre_url: str | None
    post_url: str | None
    method: str
    filters: list[str]


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

    def wants(self, event: str, event_id: int, payload: Mapping[str, Any]) -> bool:
        """Whether the fact with that number and payload, announced as *event*, concerns this webhook."""
        if event_id <= self.born_event_id:
            return False
        if self.target == "webhook":
            return event in (self.filters or ())
        if event != PostEvent.MESSAGE_ADDED:
            return False
        return self.target == STUDIO or self._is_triggered(payload["message"]["body"])

    def _is_triggered(self, body: str | None) -> bool:
        said = (body or "").casefold()
        return any(word.casefold() in said for word in self.triggers or ())
