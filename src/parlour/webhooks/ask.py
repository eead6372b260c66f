"""Asking: a pre-action webhook is called before a change, and may refuse or amend it."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import msgspec
import structlog

from parlour.contract.webhook import Proposal
from parlour.core.errors import WebhookRefused
from parlour.core.sids import Prefix, new_sid
from parlour.resources.deliveries import actions as deliveries
from parlour.resources.hooks import queries as hooks
from parlour.runtime.work import Work
from parlour.webhooks.call import Caller
from parlour.webhooks.secrets import Secrets
from parlour.webhooks.verdict import verdict

_log = structlog.get_logger()


class Asker:
    """Asks the webhooks in force. One is asked at most, and once: a pre-action webhook is not called again."""

    def __init__(self, caller: Caller, secrets: Secrets) -> None:
        self._caller, self._secrets = caller, secrets

    async def __call__(self, work: Work, proposal: Proposal) -> dict[str, str]:
        """What the webhook wants to have otherwise, by the names of the draft's fields; raises WebhookRefused."""
        async with work.read() as reading:
            hook = (await hooks.of_services(reading, [proposal.service_sid])).get(proposal.service_sid)
        if hook is None or not hook.pre_url or proposal.event not in hook.filters:
            return {}
        token, sid = uuid4(), new_sid(Prefix.DELIVERY)
        secret = await self._secrets.of(work.scope.account)
        parameters = {**_told(work, proposal), "RetryCount": "0"}
        began = work.house.clock.now()
        exchange = await self._caller.call(hook.method, hook.pre_url, parameters, secret, str(token))
        found = verdict(exchange)
        changes = amendments(proposal, found.changes)
        attempt = exchange.attempt(work.scope.account, sid, 0, found.word, began, changes)
        await deliveries.keep_asked(work, proposal, hook, attempt, parameters, token)
        if found.warning is not None:
            _log.warning("A pre-action webhook failed.", code=found.warning, delivery=sid, reason=exchange.error)
        if not found.is_allowed:
            raise WebhookRefused
        return changes


def amendments(proposal: Proposal, wanted: Mapping[str, Any]) -> dict[str, str]:
    """Of what the webhook wants to have otherwise, what it may change, as if it had been sent in a form.

    A null leaves the field as it is. Attributes may also come as an object.
    """
    return {
        name: value if isinstance(value, str) else msgspec.json.encode(value).decode()
        for name, value in wanted.items()
        if name in proposal.amendable and value is not None
    }


def _told(work: Work, proposal: Proposal) -> dict[str, str]:
    """What the webhook is told; a parameter without a value is left out."""
    parameters = {
        **proposal.parameters,
        "AccountSid": work.scope.account,
        "ChatServiceSid": proposal.service_sid,
        "EventType": proposal.event.value,
        "Source": work.actor.source,
        "ClientIdentity": work.actor.identity,
    }
    return {name: value for name, value in parameters.items() if value is not None}
