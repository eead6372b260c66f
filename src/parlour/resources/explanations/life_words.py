"""Says how something came and changed, and leaves to the outputs what they had to do with it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from parlour.contract.delivery import Delivery, Recorded
from parlour.contract.explain import Explainer, Found, Happening, Sentence, Today
from parlour.core.audience import Audience
from parlour.core.duration import in_words
from parlour.core.facts import Fact, LoggedEvent
from parlour.resources.conversations.facts import ConversationStateUpdated

Explainers = Mapping[Audience, Explainer[Any]]
_SOURCES = {
    "API": "a call over REST",
    "SDK": "a client SDK",
    "SYSTEM": "parlour itself, by a timer or in the background",
}


def of_life(
    today: Today,
    kind: str,
    found: Found,
    happenings: Sequence[Happening],
    deliveries: Sequence[Recorded],
    explainers: Explainers,
    known: Mapping[Audience, Any],
) -> list[Sentence]:
    """The making, the latest change and the removal of something; what each output *known* knows of its place."""
    sentences: list[Sentence] = []
    if not any(each.event.id == found.born_event_id for each in happenings):
        kept = in_words(today.retention.events)
        text = f"How the {kind} came is not in the event log: it is older than event_retention ({kept}), or was seeded."
        sentences.append(Sentence(text, {"event_id": found.born_event_id, "event_retention": kept}))
    for audience, explainer in explainers.items():
        sentences += explainer.of_place(known[audience])
    left = list(deliveries)
    for happening in happenings:
        own = [each for each in left if _belongs(each.delivery, happening.event)]
        left = [each for each in left if each not in own]
        sentences.append(_came(happening))
        for audience, explainer in explainers.items():
            its = [each for each in own if each.delivery.audience == audience]
            sentences += explainer.of_happening(today, happening, known[audience], its)
    sentences += of_deliveries(left, explainers)
    return sentences


def of_deliveries(deliveries: Sequence[Recorded], explainers: Explainers) -> list[Sentence]:
    """What came of each, where this process has its output."""
    return [
        explainers[audience].of_delivery(each)
        for each in deliveries
        if (audience := Audience(each.delivery.audience)) in explainers
    ]


def of_delivery(today: Today, recorded: Recorded, before: int | None, explainer: Explainer[Any]) -> Iterator[Sentence]:
    """How a delivery went, attempt by attempt; *before*: behind how many others it waits, if it does."""
    delivery, attempts = recorded.delivery, recorded.attempts or ()
    yield explainer.of_delivery(recorded)
    yield from explainer.of_attempts(recorded)
    if len(attempts) < delivery.attempts:
        text = f"Of its {delivery.attempts} attempts the first and the newest {len(attempts)} are kept."
        yield Sentence(text, {"attempts": delivery.attempts, "kept": len(attempts)})
    if before is not None:
        yield _waits(today, recorded, before)


def _waits(today: Today, recorded: Recorded, before: int) -> Sentence:
    next_at, away_since = recorded.wait.next_at, recorded.wait.away_since
    behind = f"behind {before} that have to be done first" if before else "as the next of its conversation"
    not_before = f", not before {at_time(next_at)}" if next_at is not None and next_at > today.now else ""
    away = f" Its receiver has been away since {at_time(away_since)}." if away_since is not None else ""
    until = f" It is waited for until {at_time(recorded.until)}." if away and recorded.until is not None else ""
    facts = {
        "lane": recorded.delivery.lane,
        "before": before,
        "due_at": next_at,
        "away_since": away_since,
        "waits_until": recorded.until,
    }
    return Sentence(f"It waits {behind}{not_before}.{away}{until}", facts)


def _came(happening: Happening) -> Sentence:
    event = happening.event
    source = _SOURCES.get(event.source, f"the channel {event.source}")
    who = f" ({event.identity})" if event.identity else ""
    what = ", with a message that woke the conversation" if is_revival(happening.fact) else ""
    facts = {
        "event_id": event.id,
        "type": event.type,
        "source": event.source,
        "identity": event.identity,
        "request_sid": event.request_sid,
        "date_created": event.created_at,
    }
    return Sentence(f"{event.type} on {at_time(event.created_at)}, by {source}{who}{what}.", facts)


def is_revival(fact: Fact | None) -> bool:
    """Whether a message woke the conversation: then webhooks are called whatever the call said."""
    return isinstance(fact, ConversationStateUpdated) and (fact.state_from, fact.reason) == ("inactive", "EVENT")


def at_time(moment: datetime) -> str:
    """*moment* as sentences say it."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _belongs(delivery: Delivery, event: LoggedEvent) -> bool:
    if delivery.event_id is not None:
        return delivery.event_id == event.id
    return delivery.request_sid is not None and delivery.request_sid == event.request_sid
