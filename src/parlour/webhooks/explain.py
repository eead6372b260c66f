"""Says what webhooks were asked and told, and why others were not."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from parlour.contract.delivery import Attempt, Delivery, DeliveryState, Outcome, Recorded
from parlour.contract.explain import Found, Happening, Sentence, Today
from parlour.core.actor import Source
from parlour.core.audience import Audience
from parlour.core.duration import in_words
from parlour.core.webhook_events import PostEvent, PreEvent
from parlour.resources.conversations.facts import ConversationStateUpdated
from parlour.resources.deliveries.model import Call, Exchanged, public_url
from parlour.resources.explanations.life_words import at_time, is_revival
from parlour.resources.hooks import queries as hooks_in_force
from parlour.resources.hooks.announced import ANNOUNCEMENTS
from parlour.resources.hooks.model import STUDIO, Level, ScopedHook, ServiceHooks
from parlour.storage.log import reader_of
from parlour.storage.transaction import Reading

ASKED_BEFORE = {after: before for before in PreEvent for after in PostEvent if after in (f"{before}ed", f"{before}d")}
"""The event before a change, by the event after it."""
_TRIED_AGAIN = (429, 503, 504)
_ASKING = (Source.API, Source.SDK)
"""Whose changes webhooks are asked about before."""


class Known(msgspec.Struct, frozen=True):
    """The webhooks that are in force where something is."""

    of_service: ServiceHooks | None
    """None if the service is gone."""
    scoped: Sequence[ScopedHook]


class WebhookExplainer:
    """Says what webhooks had to do with something, by how they are configured now."""

    async def look(self, reading: Reading, found: Found) -> Known:
        scoped = {}
        if found.conversation_sid is not None:
            scoped = await hooks_in_force.of_conversations(reading, [(found.service_sid, found.conversation_sid)])
        of_service = (await hooks_in_force.of_services(reading, [found.service_sid])).get(found.service_sid)
        return Known(of_service, scoped.get(found.conversation_sid or "", []))

    def of_place(self, known: Known) -> Iterator[Sentence]:
        if known.of_service is not None and known.of_service.hook is Level.SERVICE:
            text = "The service has webhooks of its own, which take the place of the account's."
            yield Sentence(text, _service_facts(known.of_service))

    def of_happening(
        self, today: Today, happening: Happening, known: Known, mine: Sequence[Recorded]
    ) -> Iterator[Sentence]:
        event = happening.event
        yield _wanted(happening)
        yield from _asked(happening, known.of_service, [each for each in mine if each.delivery.event_id is None])
        after = [each for each in mine if each.delivery.event_id is not None]
        fact = happening.fact
        names = [] if fact is None else [each.event for each in ANNOUNCEMENTS.get(type(fact), ()) if each.when(fact)]
        if not names:
            yield Sentence(f"No webhook event tells of {event.type}.", {"event_id": event.id})
        for name in names:
            for each in _candidates(happening, name, known):
                if not any(one.delivery.target == each.hook and one.delivery.event_type == name for one in after):
                    yield _untold(today, happening, name, each)
        yield from (told(each) for each in after)

    def of_delivery(self, recorded: Recorded) -> Sentence:
        return told(recorded)

    def of_attempts(self, recorded: Recorded) -> Iterator[Sentence]:
        return (_attempt(recorded.delivery, each) for each in recorded.attempts or ())


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


def _candidates(happening: Happening, name: PostEvent, known: Known) -> Iterator[Candidate]:
    of_service = known.of_service
    if of_service is not None:
        facts = _service_facts(of_service)
        yield Candidate(of_service.hook, of_service.post_url, of_service.silence(name), facts)
    for scoped in known.scoped:
        silence = scoped.silence(name, happening.event.id, happening.fact)
        if silence is None and scoped.url is None and scoped.target != STUDIO:
            silence = "it has no URL"
        yield Candidate(scoped.sid, scoped.url, silence, _scoped_facts(scoped))


def _wanted(happening: Happening) -> Sentence:
    event = happening.event
    facts = {"event_id": event.id, "source": event.source, "webhooks": event.webhooks}
    if event.source != Source.API or is_revival(happening.fact):
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
    if asked or before is None or of_service is None or not event.webhooks or event.source not in _ASKING:
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
    elif reader_of(Audience.WEBHOOK) not in happening.readers:
        text = f"{who} is still to be told of {name}: that begins in a moment."
    elif event.created_at < today.now - today.retention.deliveries:
        text = f"{who} was told of {name}, or not: what came of it is kept no longer than delivery_retention ({kept})."
    elif candidate.url is None:
        text = f"{who} was not told of {name}, because for a Studio flow the setting studio_url is needed."
    else:
        text = f"{who} was not told of {name}. It would be today, so it was configured otherwise then."
    return Sentence(text, facts)


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
    return Sentence(f"Attempt {attempt.number + 1} on {at_time(attempt.started_at)}: {answered}.", facts)


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
