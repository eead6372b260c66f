"""Says what webhooks were asked and told, and why others were not."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from parlour.contract.output import Attempt, Delivery, DeliveryState
from parlour.core.duration import in_words
from parlour.core.facts import Fact, LoggedEvent
from parlour.core.webhook_events import PostEvent, PreEvent
from parlour.delivery.model import Outcome, Recorded
from parlour.resources.conversations.facts import ConversationStateUpdated
from parlour.resources.deliveries.model import Call, Exchanged, public_url
from parlour.resources.explanations.model import Evidence, Found, Happening, Sentence, Today
from parlour.resources.hooks.announced import ANNOUNCEMENTS
from parlour.resources.hooks.model import STUDIO, Level, ScopedHook, ServiceHooks

ASKED_BEFORE = {after: before for before in PreEvent for after in PostEvent if after in (f"{before}ed", f"{before}d")}
"""By what is told after a change: what is asked before it."""
_SOURCES = {
    "API": "a call over REST",
    "SDK": "a client SDK",
    "SYSTEM": "parlour itself, by a timer or in the background",
}
_TRIED_AGAIN = (429, 503, 504)


class Candidate(msgspec.Struct, frozen=True):
    """A webhook that might be told of an event."""

    hook: str
    url: str | None
    silence: str | None
    """Why it is not concerned; None if it is."""
    facts: dict[str, Any]


def told(recorded: Recorded) -> Sentence:
    """What one webhook was asked or told, and what came of it."""
    delivery = recorded.delivery
    who, again = hook_name(delivery.target), f", as a replay of {delivery.replay_of}" if delivery.replay_of else ""
    facts = delivery_facts(recorded)
    if delivery.state == DeliveryState.WAITING and not delivery.attempts:
        return Sentence(f"{who} is still to be told of {delivery.event_type}{again}.", facts)
    if delivery.state == DeliveryState.FAILED and not delivery.attempts:
        why = "its receiver was away for longer than webhook_patience says"
        return Sentence(f"{who} was not told of {delivery.event_type}{again}: {why}.", facts)
    verb = "asked" if delivery.state == DeliveryState.ASKED else "told of"
    return Sentence(f"{who} was {verb} {delivery.event_type}{again}: {became(recorded)}", facts)


def of_life(today: Today, kind: str, found: Found, evidence: Evidence) -> list[Sentence]:
    """What webhooks had to do with the making, the latest change and the removal of something."""
    sentences: list[Sentence] = []
    if not any(each.event.id == found.born_event_id for each in evidence.happenings):
        kept = in_words(today.retention.events)
        text = f"How the {kind} came is not in the event log: it is older than event_retention ({kept}), or was seeded."
        sentences.append(Sentence(text, {"event_id": found.born_event_id, "event_retention": kept}))
    if evidence.of_service is not None and evidence.of_service.hook is Level.SERVICE:
        text = "The service has webhooks of its own, which take the place of the account's."
        sentences.append(Sentence(text, _service_facts(evidence.of_service)))
    left = list(evidence.deliveries)
    for happening in evidence.happenings:
        mine = [each for each in left if _belongs(each.delivery, happening.event)]
        left = [each for each in left if each not in mine]
        sentences += _of_happening(today, happening, evidence, mine)
    sentences += [told(each) for each in left]
    return sentences


def of_delivery(today: Today, recorded: Recorded, before: int | None) -> list[Sentence]:
    """How a delivery went, attempt by attempt; *before*: behind how many others it waits, if it does."""
    delivery, attempts = recorded.delivery, recorded.attempts or ()
    sentences = [told(recorded)]
    sentences += [_attempt(delivery, each) for each in attempts]
    if len(attempts) < delivery.attempts:
        text = f"Of its {delivery.attempts} attempts the first and the newest {len(attempts)} are kept."
        sentences.append(Sentence(text, {"attempts": delivery.attempts, "kept": len(attempts)}))
    if before is not None:
        sentences.append(_waits(today, recorded, before))
    return sentences


def _waits(today: Today, recorded: Recorded, before: int) -> Sentence:
    next_at, away_since = recorded.wait.next_at, recorded.wait.away_since
    behind = f"behind {before} that have to be done first" if before else "as the next of its conversation"
    not_before = f", not before {_time(next_at)}" if next_at is not None and next_at > today.now else ""
    away = f" Its receiver has been away since {_time(away_since)}." if away_since is not None else ""
    until = f" It is waited for until {_time(recorded.until)}." if away and recorded.until is not None else ""
    facts = {
        "lane": recorded.delivery.lane,
        "before": before,
        "due_at": next_at,
        "away_since": away_since,
        "waits_until": recorded.until,
    }
    return Sentence(f"It waits {behind}{not_before}.{away}{until}", facts)


def of_request(found: Sequence[Recorded]) -> list[Sentence]:
    """What a call over REST made parlour ask and tell."""
    return [told(each) for each in found]


_LEVELS: Mapping[str, str] = {
    Level.ACCOUNT: "The account's webhook",
    Level.SERVICE: "The service's own webhook",
}


def hook_name(hook: str) -> str:
    """As which a webhook begins a sentence."""
    return _LEVELS.get(hook, f"The webhook {hook}")


def became(recorded: Recorded) -> str:
    """What came of a delivery that was tried, as the end of a sentence."""
    delivery, outcome = recorded.delivery, recorded.outcome
    answered = _answered(outcome.status, outcome.error, outcome.milliseconds)
    if delivery.state == DeliveryState.ASKED:
        return f"{answered}, {_verdict(outcome, _changed(recorded))}"
    if delivery.state == DeliveryState.DELIVERED:
        return f"{answered}{_at_which(delivery.attempts)}."
    if delivery.state == DeliveryState.WAITING:
        return f"{answered}, and will be tried again (attempts so far: {delivery.attempts})."
    if delivery.attempts == 1:
        return f"{answered}, and that was the end of it{_no_more(outcome)}"
    return f"{answered}, and it was given up after {delivery.attempts} attempts."


def delivery_facts(recorded: Recorded) -> dict[str, Any]:
    """What the flight recorder says of a delivery, in short."""
    delivery, outcome = recorded.delivery, recorded.outcome
    return {
        "delivery_sid": delivery.sid,
        "event_type": delivery.event_type,
        "hook": delivery.target,
        "url": public_url(Call.of(delivery).url),
        "state": delivery.state,
        "attempts": delivery.attempts,
        "answer_status": outcome.status,
        "error": outcome.error,
        "verdict": outcome.verdict,
        "milliseconds": outcome.milliseconds,
        "request_sid": delivery.request_sid,
        "date_created": delivery.created_at,
    }


def _of_happening(
    today: Today, happening: Happening, evidence: Evidence, mine: Sequence[Recorded]
) -> Iterator[Sentence]:
    event = happening.event
    yield _came(happening)
    yield _wanted(happening)
    yield from _asked(happening, evidence.of_service, [each for each in mine if each.delivery.event_id is None])
    after = [each for each in mine if each.delivery.event_id is not None]
    fact = happening.fact
    names = [] if fact is None else [each.event for each in ANNOUNCEMENTS.get(type(fact), ()) if each.when(fact)]
    if not names:
        yield Sentence(f"No webhook event tells of {event.type}.", {"event_id": event.id})
    for name in names:
        for each in _candidates(happening, name, evidence):
            if not any(one.delivery.target == each.hook and one.delivery.event_type == name for one in after):
                yield _untold(today, happening, name, each)
    yield from (told(each) for each in after)


def _candidates(happening: Happening, name: PostEvent, evidence: Evidence) -> Iterator[Candidate]:
    of_service = evidence.of_service
    if of_service is not None:
        facts = _service_facts(of_service)
        yield Candidate(of_service.hook, of_service.post_url, of_service.silence(name), facts)
    for scoped in evidence.scoped:
        silence = scoped.silence(name, happening.event.id, happening.fact)
        if silence is None and scoped.url is None and scoped.target != STUDIO:
            silence = "it has no URL"
        yield Candidate(scoped.sid, scoped.url, silence, _scoped_facts(scoped))


def _came(happening: Happening) -> Sentence:
    event = happening.event
    source = _SOURCES.get(event.source, f"the channel {event.source}")
    who = f" ({event.identity})" if event.identity else ""
    what = ", with a message that woke the conversation" if _is_revival(happening.fact) else ""
    facts = {
        "event_id": event.id,
        "type": event.type,
        "source": event.source,
        "identity": event.identity,
        "request_sid": event.request_sid,
        "date_created": event.created_at,
    }
    return Sentence(f"{event.type} on {_time(event.created_at)}, by {source}{who}{what}.", facts)


def _wanted(happening: Happening) -> Sentence:
    event = happening.event
    facts = {"event_id": event.id, "source": event.source, "webhooks": event.webhooks}
    if event.source != "API" or _is_revival(happening.fact):
        text = "Webhooks are told of that without being asked for." if event.webhooks else "It tells no webhooks."
    elif event.webhooks:
        text = "The call asked for webhooks (X-Twilio-Webhook-Enabled: true)."
    else:
        text = (
            "The call did not ask for webhooks: it came without the header X-Twilio-Webhook-Enabled: true, or is one"
            " that does not take it. So none was asked or told."
        )
    return Sentence(text, facts)


def _asked(happening: Happening, of_service: ServiceHooks | None, asked: Sequence[Recorded]) -> Iterator[Sentence]:
    """What the pre-action webhook had to do with it."""
    yield from (told(each) for each in asked)
    event, fact = happening.event, happening.fact
    names = [] if fact is None else [each.event for each in ANNOUNCEMENTS.get(type(fact), ())]
    before = next((ASKED_BEFORE[name] for name in names if name in ASKED_BEFORE), None)
    if asked or before is None or of_service is None or not event.webhooks or event.source != "API":
        return
    if isinstance(fact, ConversationStateUpdated) and fact.reason == "EVENT":
        return  # nobody is asked whether a conversation may wake, or be complete
    silence = of_service.silence(before)
    if silence is not None:
        who = hook_name(of_service.hook)
        text = f"{who} was not asked before ({before}), because {silence} (as it is configured now)."
        yield Sentence(text, {"event_type": before.value, **_service_facts(of_service)})


def _untold(today: Today, happening: Happening, name: str, candidate: Candidate) -> Sentence:
    """Why a webhook has no delivery of the event."""
    event, who = happening.event, hook_name(candidate.hook)
    facts = {"event_id": event.id, "event_type": name, **candidate.facts}
    kept = in_words(today.retention.deliveries)
    if candidate.silence is not None:
        would = "was not" if event.webhooks else "would not have been"
        text = f"{who} {would} told of {name}, because {candidate.silence} (as it is configured now)."
    elif not event.webhooks:
        text = f"{who} would have been told of {name}."
    elif not happening.is_relayed:
        text = f"{who} is still to be told of {name}: that begins in a moment."
    elif event.created_at < today.now - today.retention.deliveries:
        text = f"{who} was told of {name}, or not: what came of it is kept no longer than delivery_retention ({kept})."
    elif candidate.url is None:
        text = f"{who} was not told of {name}, because for a Studio flow the setting studio_url is needed."
    else:
        text = f"{who} was not told of {name}. It would be today, so it was configured otherwise then."
    return Sentence(text, facts)


def _is_revival(fact: Fact | None) -> bool:
    """Whether it is of a conversation that a message woke, which webhooks are told of whatever the call said."""
    return isinstance(fact, ConversationStateUpdated) and (fact.state_from, fact.reason) == ("inactive", "EVENT")


def _belongs(delivery: Delivery, event: LoggedEvent) -> bool:
    if delivery.event_id is not None:
        return delivery.event_id == event.id
    return delivery.request_sid is not None and delivery.request_sid == event.request_sid


def _attempt(delivery: Delivery, attempt: Attempt) -> Sentence:
    answered = _answered(attempt.status, attempt.error, attempt.milliseconds)
    facts = {
        "delivery_sid": delivery.sid,
        "number": attempt.number,
        "answer_status": attempt.status,
        "error": attempt.error,
        "verdict": attempt.verdict,
        "changed": Exchanged.of(attempt).changed,
        "milliseconds": attempt.milliseconds,
        "date_started": attempt.started_at,
    }
    return Sentence(f"Attempt {attempt.number + 1} on {_time(attempt.started_at)}: {answered}.", facts)


def _changed(recorded: Recorded) -> Mapping[str, Any] | None:
    """What the last answer changed."""
    last = recorded.attempts[-1].record if recorded.attempts else recorded.last
    return None if last is None else msgspec.convert(last, Exchanged).changed


def _verdict(outcome: Outcome, changed: Mapping[str, Any] | None) -> str:
    if outcome.verdict == "refused":
        return "which refused the change; the caller was answered 403 with the code 50056."
    if outcome.verdict == "invalid":
        wanted = ", ".join(sorted(changed or ()))
        return f"which wanted something else as {wanted}, and the caller was refused for that: {outcome.error}."
    if outcome.verdict == "unreadable":
        return f"which let the change go ahead as it was, since {outcome.error}."
    if changed:
        return f"which changed {', '.join(sorted(changed))}."
    if changed is not None:
        return "which let the change go ahead as it was: nothing in its body is a change that it may make."
    return "which let the change go ahead."


def _answered(status: int | None, error: str | None, milliseconds: float | None) -> str:
    if status is None:
        return f"it gave no answer ({error or 'no attempt yet'})"
    return f"it answered {status} after {milliseconds or 0:.0f} ms"


def _no_more(outcome: Outcome) -> str:
    """Why a call was not tried again, where its answer says so: how webhook_retries was set then is not recorded."""
    if outcome.status is None or outcome.status in _TRIED_AGAIN:
        return "."
    return f". Only {', '.join(map(str, _TRIED_AGAIN))} and calls without an answer are tried again."


def _at_which(attempts: int) -> str:
    return "" if attempts == 1 else f", at attempt {attempts}"


def _service_facts(hooks: ServiceHooks) -> dict[str, Any]:
    return {
        "hook": hooks.hook,
        "pre_url": None if hooks.pre_url is None else public_url(hooks.pre_url),
        "post_url": None if hooks.post_url is None else public_url(hooks.post_url),
        "filters": hooks.filters,
    }


def _scoped_facts(hook: ScopedHook) -> dict[str, Any]:
    return {
        "hook": hook.sid,
        "target": hook.target,
        "url": None if hook.url is None else public_url(hook.url),
        "filters": hook.filters,
        "triggers": hook.triggers,
        "flow_sid": hook.flow_sid,
        "born_event_id": hook.born_event_id,
    }


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
