"""How a resource looks to webhooks: which facts are announced as which events, and with which parameters."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from parlour.contract.form import Form
from parlour.core.webhook_events import PostEvent, PreEvent

Row = Mapping[str, Any]
"""A row as a fact's payload holds it, or as ``msgspec.structs.asdict`` gives it."""
Parameters = dict[str, str | None]
"""What a webhook is told, as it is sent; None where there is no value, which is then left out."""


class Told(msgspec.Struct, frozen=True):
    """A fact, on its way to be announced."""

    payload: Row
    service_sid: str
    at: datetime
    messaging_service_sid: str | None
    """Of the conversation that it is about, if that still exists."""


class Announcement(msgspec.Struct, frozen=True):
    """One event that a fact is announced as."""

    event: PostEvent
    subject: Callable[[Row], str]
    """The SID of what the event is about, from the fact's payload."""
    parameters: Callable[[Told], Parameters]
    when: Callable[[Row], bool] = lambda payload: True
    """Whether a fact with this payload is announced so."""


class Question(msgspec.Struct, frozen=True):
    """What a pre-action webhook is asked before one kind of change."""

    event: PreEvent
    parameters: Callable[[Row], Parameters]
    """Of what the change would make, change or remove, as it would be then."""
    subject: Callable[[Row], str]
    """The SID of what the change is about: of itself, or of what it would be in."""
    form: Form[Any] | None = None
    """Reads what the webhook wants to have otherwise, as if the caller had sent it."""
    amendable: tuple[str, ...] = ()
    """The fields of the draft or edit that the webhook may change."""


class Proposal(msgspec.Struct, frozen=True):
    """A change that a pre-action webhook may still refuse or amend."""

    question: Question
    service_sid: str
    subject_sid: str
    conversation_sid: str | None
    parameters: Parameters
    draft: msgspec.Struct
    """As the caller wants it."""

    @classmethod
    def of(cls, question: Question, service_sid: str, draft: msgspec.Struct, outcome: msgspec.Struct) -> "Proposal":
        """The proposal of a change by *draft* that would give *outcome*."""
        row = msgspec.structs.asdict(outcome)
        parameters = question.parameters(row)
        return cls(question, service_sid, question.subject(row), parameters.get("ConversationSid"), parameters, draft)

    def amended(self, changes: Mapping[str, str]) -> msgspec.Struct:
        """The draft with *changes*, read as if the caller had sent them; raises as ``Form.read`` does."""
        if not changes or self.question.form is None:
            return self.draft
        draft: msgspec.Struct = self.question.form.amend(self.draft, changes)
        return draft


def moment(value: datetime | str) -> str:
    """*value* as webhooks are told of times: ``2021-08-10T18:00:58.111Z``."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def number(value: int | None) -> str | None:
    """*value* in decimal digits."""
    return None if value is None else str(value)


def yes_or_no(value: bool | None) -> str | None:
    """*value* as ``true`` or ``false``."""
    return None if value is None else str(value).lower()
