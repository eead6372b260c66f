"""What may happen to explanations: they are asked for."""

from parlour.contract.delivery import DeliveryState
from parlour.contract.explain import Found, Sentence, Today
from parlour.core.audience import Audience
from parlour.core.errors import InvalidParameter, NotFound
from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.core.sids import Prefix, is_sid
from parlour.delivery.queries import deliveries, lanes
from parlour.resources.deliveries.actions import waited_for
from parlour.resources.explanations import life_words, live_words, queries, reading_words
from parlour.resources.explanations.model import Explanation, ExplanationQuery
from parlour.runtime.work import Work
from parlour.storage.transaction import Reading

MAX_DELIVERIES = 50
"""That one explanation goes into."""
_KINDS = {
    Prefix.MESSAGE: "message",
    Prefix.PARTICIPANT: "participant",
    Prefix.CONVERSATION: "conversation",
    Prefix.USER: "user",
    Prefix.DELIVERY: "delivery",
    Prefix.REQUEST: "request",
}

_IN_CONVERSATIONS = (Prefix.MESSAGE, Prefix.PARTICIPANT, Prefix.CONVERSATION)


async def fetch(work: Work, query: ExplanationQuery) -> Explanation:
    """What became of what has the SID; raises NotFound for what the account does not have, and InvalidParameter for an
    identity beside something that is in no conversation."""
    permit(work.actor, ACCOUNTS_ONLY)
    prefix = next((each for each in _KINDS if is_sid(query.sid, each)), None)
    if prefix is None:
        raise NotFound
    async with work.read() as reading:
        if prefix is Prefix.DELIVERY:
            sentences = await _of_delivery(work, reading, query.sid)
        elif prefix is Prefix.REQUEST:
            sentences = await _of_request(work, reading, query.sid)
        else:
            sentences = await _of_thing(work, reading, prefix, query.sid)
        if query.identity is not None:
            sentences = [*sentences, await _of_user(work, reading, prefix, query.sid, query.identity)]
    return Explanation(query.sid, _KINDS[prefix], sentences)


async def _of_thing(work: Work, reading: Reading, prefix: Prefix, sid: str) -> list[Sentence]:
    found = await queries.find(reading, work.scope.account, prefix, sid)
    if found is None:
        return await _of_what_is_left(work, reading, sid)
    happenings = await queries.happenings(
        reading, found.service_sid, sorted({found.born_event_id, found.last_event_id}), sid
    )
    requests = [each.event.request_sid for each in happenings if each.event.request_sid is not None]
    explainers = _explainers(work)
    sentences = life_words.of_life(
        _today(work),
        _KINDS[prefix],
        found,
        happenings,
        await deliveries.about(reading, work.scope.account, sid, requests, MAX_DELIVERIES),
        explainers,
        {audience: await each.look(reading, found) for audience, each in explainers.items()},
    )
    if not found.is_removed:
        sentences += await _of_reading(reading, prefix, sid, found)
    return sentences


async def _of_user(work: Work, reading: Reading, prefix: Prefix, sid: str, identity: str) -> Sentence:
    """Why the clients of a user were shown it live, or were not; of a conversation: are."""
    found = await queries.find(reading, work.scope.account, prefix, sid) if prefix in _IN_CONVERSATIONS else None
    if found is None or found.conversation_sid is None:
        raise InvalidParameter(name="Identity")
    parts = await queries.parts_taken(reading, found.service_sid, found.conversation_sid, identity)
    has_user = await queries.has_user(reading, found.service_sid, identity)
    at = found.last_event_id if prefix is Prefix.CONVERSATION else found.born_event_id
    return live_words.of_user(identity, has_user, parts, at)


async def _of_reading(reading: Reading, prefix: Prefix, sid: str, found: Found) -> list[Sentence]:
    """Why unread counts are what they are."""
    if prefix is Prefix.PARTICIPANT:
        how_far = await queries.horizon(reading, found.service_sid, sid)
        return [] if how_far is None else [reading_words.of_participant(how_far)]
    if prefix is Prefix.USER:
        return [reading_words.of_user(await queries.unread(reading, found.service_sid, user_sid=sid))]
    if prefix is Prefix.CONVERSATION:
        return [reading_words.of_conversation(await queries.unread(reading, found.service_sid, conversation_sid=sid))]
    return []


async def _of_what_is_left(work: Work, reading: Reading, sid: str) -> list[Sentence]:
    """Of what was removed with all that was around it, the deliveries are left, if anything; raises NotFound."""
    left = await deliveries.about(reading, work.scope.account, sid, [], MAX_DELIVERIES)
    if not left:
        raise NotFound
    gone = Sentence("Nothing of it is stored any more but what webhooks were told.", {"deliveries": len(left)})
    return [gone, *life_words.of_deliveries(left, _explainers(work))]


async def _of_delivery(work: Work, reading: Reading, sid: str) -> list[Sentence]:
    recorded = waited_for(work.patience, await deliveries.recorded(reading, work.scope.account, sid))
    delivery = recorded.delivery
    before = await lanes.place_of(reading, delivery) if delivery.state == DeliveryState.WAITING else None
    explainer = _explainers(work).get(Audience(delivery.audience))
    if explainer is None:
        raise NotFound
    return list(life_words.of_delivery(_today(work), recorded, before, explainer))


async def _of_request(work: Work, reading: Reading, sid: str) -> list[Sentence]:
    """Raises NotFound if nothing that is recorded came of the request."""
    found = await deliveries.of_request(reading, work.scope.account, sid, MAX_DELIVERIES)
    if not found:
        raise NotFound
    return life_words.of_deliveries(found, _explainers(work))


def _today(work: Work) -> Today:
    return Today(work.now, work.retention)


def _explainers(work: Work) -> life_words.Explainers:
    return {audience: output.explainer for audience, output in work.outputs.items()}
