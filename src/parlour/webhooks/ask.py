"""Asking: a pre-action webhook is called before a change, and may refuse or amend it."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import uuid4

import msgspec

from parlour.contract.webhook import ProposedChange
from parlour.core.audience import Audience
from parlour.core.errors import ApiError, WebhookRefused
from parlour.core.sids import Prefix, new_sid
from parlour.core.webhook_events import PreEvent
from parlour.delivery.keeping import keep_asked
from parlour.delivery.model import PreActionCall
from parlour.delivery.notice import Notice, Noticed
from parlour.outbound.client import Client
from parlour.resources.deliveries.model import Call, public_url
from parlour.resources.hooks import queries as hooks
from parlour.resources.hooks.model import ServiceHooks
from parlour.runtime.node import Node
from parlour.runtime.work import Ask, Work
from parlour.webhooks.request import attempt, call, logged
from parlour.webhooks.secrets import SigningSecrets
from parlour.webhooks.verdict import Verdict, verdict


class PreActionWebhooks:
    """Asks the webhooks in force. One is asked at most, and once: a pre-action webhook is not called again."""

    def __init__(self, node: Node, client: Client, secrets: SigningSecrets, notice: Notice) -> None:
        self._node, self._client, self._secrets, self._notice = node, client, secrets, notice

    async def __call__(self, service_sid: str, event: PreEvent) -> Ask | None:
        """The way to ask the webhook that is in force for *service_sid* before *event*; None if there is none."""
        hook = await self._node.leased(self._node.webhooks, service_sid, partial(self._in_force, service_sid))
        if hook is None or not hook.pre_url or hook.silence(event) is not None:
            return None
        return partial(self._ask, hook, hook.pre_url)

    async def _in_force(self, service_sid: str) -> ServiceHooks | None:
        async with self._node.database.session() as reading:
            return (await hooks.of_services(reading, [service_sid])).get(service_sid)

    async def _ask(self, hook: ServiceHooks, url: str, work: Work, change: ProposedChange) -> msgspec.Struct:
        token, sid = uuid4(), new_sid(Prefix.DELIVERY)
        secret = await self._secrets.of(work.scope.account)
        parameters = {**_told(work, change), "RetryCount": "0"}
        began = work.now
        exchange = await call(self._client, hook.method, url, parameters, secret, str(token))
        found = verdict(exchange)
        passed = _passed(change, found)
        exchange = msgspec.structs.replace(exchange, error=passed.error or found.error or exchange.error)
        tried = attempt(exchange, work.scope.account, sid, 0, passed.word, began, passed.changed)
        asked = PreActionCall(
            attempt=tried,
            audience=int(Audience.WEBHOOK),
            service_sid=change.service_sid,
            conversation_sid=change.conversation_sid,
            subject_sid=change.subject_sid,
            event_type=change.pre_action.event.value,
            target=hook.hook,
            payload=Call(url, hook.method, parameters, token),
            request_sid=work.actor.request,
            now=work.now,
        )
        await keep_asked(self._node, asked, {"hook": hook.hook, "url": public_url(url)})
        noticed = Noticed(
            name="webhook",
            kind="pre",
            event_type=asked.event_type,
            verdict=passed.word,
            answer=exchange.answer,
            milliseconds=exchange.milliseconds,
            code=found.warning,
        )
        self._notice(noticed, lambda: logged(tried), delivery=sid)
        if passed.refusal is not None:
            raise passed.refusal
        return passed.draft


class _Passed(msgspec.Struct, frozen=True):
    """What came of asking."""

    draft: msgspec.Struct
    changed: dict[str, str] | None
    """None: the answer named nothing to be changed."""
    word: str
    """For the flight recorder: as in Verdict, or invalid, where what the webhook wants instead is not allowed."""
    refusal: ApiError | None = None
    error: str | None = None
    """What is not allowed about it."""


def _passed(change: ProposedChange, found: Verdict) -> _Passed:
    changes = amendments(change, found.changes)
    changed = changes if found.changes else None
    if not found.is_allowed:
        return _Passed(change.draft, changed, found.word, WebhookRefused())
    try:
        draft = change.amended(changes)
    except ApiError as refusal:
        return _Passed(change.draft, changed, "invalid", refusal, f"{refusal} ({refusal.code})")
    return _Passed(draft, changed, found.word if changes or not found.changes else "allowed")


def amendments(change: ProposedChange, wanted: Mapping[str, Any]) -> dict[str, str]:
    """Of what the webhook wants to have otherwise, what it may change, as if it had been sent in a form.

    A null leaves the field as it is. Attributes may also come as an object.
    """
    return {
        name: value if isinstance(value, str) else msgspec.json.encode(value).decode()
        for name, value in wanted.items()
        if name in change.pre_action.amendable and value is not None
    }


def _told(work: Work, change: ProposedChange) -> dict[str, str]:
    """The parameters that the webhook gets, without those that have no value."""
    parameters = {
        **change.parameters,
        "AccountSid": work.scope.account,
        "ChatServiceSid": change.service_sid,
        "EventType": change.pre_action.event.value,
        "Source": work.actor.source,
        "ClientIdentity": work.actor.identity,
    }
    return {name: value for name, value in parameters.items() if value is not None}
