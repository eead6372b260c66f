"""How a resource looks to webhooks: which facts are announced as which events, and with which parameters."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import msgspec

from parlour.contract.form import Form
from parlour.core.facts import Fact
from parlour.core.webhook_events import PostEvent, PreEvent

F = TypeVar("F", bound=Fact)
R = TypeVar("R", bound=msgspec.Struct)
Parameters = dict[str, str | None]
"""The parameters of a webhook as they are sent; None has no value and is left out."""


class AnnouncedFact(msgspec.Struct, Generic[F], frozen=True):
    """A fact and what its announcements need besides."""

    fact: F
    service_sid: str
    at: datetime
    messaging_service_sid: str | None
    """Of the conversation that it is about, if that still exists."""


class Announcement(msgspec.Struct, Generic[F], frozen=True):
    """One event that a fact is announced as."""

    event: PostEvent
    parameters: Callable[[AnnouncedFact[F]], Parameters]
    when: Callable[[F], bool] = lambda fact: True
    """Whether the fact is announced so."""


Announcements = Mapping[type[Fact], Sequence[Announcement[Any]]]
"""The events of each type of fact, in order."""


class PreAction(msgspec.Struct, Generic[R], frozen=True):
    """What a pre-action webhook receives before one kind of change."""

    event: PreEvent
    parameters: Callable[[R], Parameters]
    """Of what the change would make, change or remove, as it would be then."""
    subject: Callable[[R], str]
    """The SID of what the change is about: of itself, or of what it would be in."""
    form: Form[Any] | None = None
    """Reads what the webhook wants to have otherwise, as if the caller had sent it."""
    amendable: tuple[str, ...] = ()
    """The fields of the draft or edit that the webhook may change."""


class ProposedChange(msgspec.Struct, frozen=True):
    """A change that a pre-action webhook may still refuse or amend."""

    pre_action: PreAction[Any]
    service_sid: str
    subject_sid: str
    conversation_sid: str | None
    parameters: Parameters
    draft: msgspec.Struct
    """As the caller wants it."""

    @classmethod
    def of(cls, pre_action: PreAction[R], service_sid: str, draft: msgspec.Struct, outcome: R) -> "ProposedChange":
        """The change by *draft* that would give *outcome*."""
        parameters = pre_action.parameters(outcome)
        subject_sid, conversation_sid = pre_action.subject(outcome), parameters.get("ConversationSid")
        return cls(pre_action, service_sid, subject_sid, conversation_sid, parameters, draft)

    def amended(self, changes: Mapping[str, str]) -> msgspec.Struct:
        """The draft with *changes*, read as if the caller had sent them; raises as ``Form.read`` does."""
        if not changes or self.pre_action.form is None:
            return self.draft
        draft: msgspec.Struct = self.pre_action.form.amend(self.draft, changes)
        return draft


def moment(value: datetime) -> str:
    """*value* as webhooks write times: ``2021-08-10T18:00:58.111Z``."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def number(value: int | None) -> str | None:
    """*value* in decimal digits."""
    return None if value is None else str(value)


def yes_or_no(value: bool | None) -> str | None:
    """*value* as ``true`` or ``false``."""
    return None if value is None else str(value).lower()
