"""Webhook events: their published names, and the readers of the filters and URLs with which webhooks are configured.

A pre-event asks before an action and can refuse or change it; a post-event tells of it afterwards.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from parlour.core.errors import ApiError
from parlour.core.fields import Choice, Many, One
from parlour.core.limits import exceeded


class PreEvent(StrEnum):
    """What asks before an action."""

    CONVERSATION_ADD = "onConversationAdd"
    CONVERSATION_UPDATE = "onConversationUpdate"
    CONVERSATION_REMOVE = "onConversationRemove"
    MESSAGE_ADD = "onMessageAdd"
    MESSAGE_UPDATE = "onMessageUpdate"
    MESSAGE_REMOVE = "onMessageRemove"
    PARTICIPANT_ADD = "onParticipantAdd"
    PARTICIPANT_UPDATE = "onParticipantUpdate"
    PARTICIPANT_REMOVE = "onParticipantRemove"
    USER_UPDATE = "onUserUpdate"


class PostEvent(StrEnum):
    """What tells after an action."""

    CONVERSATION_ADDED = "onConversationAdded"
    CONVERSATION_UPDATED = "onConversationUpdated"
    CONVERSATION_REMOVED = "onConversationRemoved"
    CONVERSATION_STATE_UPDATED = "onConversationStateUpdated"
    MESSAGE_ADDED = "onMessageAdded"
    MESSAGE_UPDATED = "onMessageUpdated"
    MESSAGE_REMOVED = "onMessageRemoved"
    PARTICIPANT_ADDED = "onParticipantAdded"
    PARTICIPANT_UPDATED = "onParticipantUpdated"
    PARTICIPANT_REMOVED = "onParticipantRemoved"
    DELIVERY_UPDATED = "onDeliveryUpdated"
    USER_ADDED = "onUserAdded"
    USER_UPDATED = "onUserUpdated"


EVENTS: tuple[PreEvent | PostEvent, ...] = (*PreEvent, *PostEvent)
"""All 23: what the webhooks of an account or a service may listen to."""

CONVERSATION_EVENTS: tuple[PostEvent, ...] = tuple(
    event for event in PostEvent if event not in (PostEvent.USER_ADDED, PostEvent.USER_UPDATED)
)
"""What the webhooks of one conversation may listen to."""


class Filters(Many):
    """Names of events out of *allowed*, repeated; becomes the list of the different ones in the order given.

    A single empty value is the empty list, with which nothing fires. Any other name raises *error*.
    """

    def __init__(self, allowed: Iterable[StrEnum], error: type[ApiError]) -> None:
        super().__init__(Choice(allowed, error))

    def read(self, name: str, values: Sequence[str]) -> Any:
        return [] if list(values) == [""] else super().read(name, values)


class WebhookUrl(One):
    """An absolute http or https URL with a host, kept as it was written, of at most *max_length* characters.

    Raises *too_long* for a longer one and *error* for everything that is no such URL, the empty text too: where
    there may be no URL, wrap this in Clearable. Whether the host may be called is not decided here.
    """

    def __init__(self, max_length: int, *, error: type[ApiError], too_long: type[ApiError]) -> None:
        self.max_length, self.error, self.too_long = max_length, error, too_long

    def parse(self, name: str, raw: str) -> str:
        if len(raw) > self.max_length:
            exceeded(self.too_long(name=name))
        if not _is_webhook_url(raw):
            raise self.error(name=name)
        return raw

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uri", "maxLength": self.max_length}


def _is_webhook_url(raw: str) -> bool:
    # Asked before the URL is taken apart, since urlsplit() drops line ends. Programs disagree about what a backslash
    # means, so that the host that was checked would not be the one that is called.
    if not raw.isprintable() or " " in raw or "\\" in raw:
        return False
    try:
        parts = urlsplit(raw)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
