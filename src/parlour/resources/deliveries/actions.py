"""What may happen to deliveries: they are kept with every attempt, and looked at."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from parlour.contract.webhook import ProposedChange
from parlour.core.paging import Page, PageRequest
from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.resources.deliveries import queries
from parlour.resources.deliveries.model import (
    Attempt,
    Delivery,
    DeliveryQuery,
    DeliveryState,
    Done,
    PreActionCall,
    Recorded,
    live,
)
from parlour.resources.hooks.model import ServiceHooks
from parlour.runtime.node import Node
from parlour.runtime.work import Work
from parlour.storage.transaction import Record


def keep(
    node: Node,
    delivery: Delivery,
    attempt: Attempt,
    state: DeliveryState,
    *,
    leaves: bool,
    next_at: datetime,
    is_away: bool = False,
) -> "asyncio.Future[Record | None]":
    """Begins to keep the attempt, and that the delivery is in *state*; what is returned is done once it is committed.

    *leaves*: with this the process gives the lane back, which is due again at *next_at* if something is left in it. The
    row then says as ``goes_on`` whether it is due already. *is_away*: it waits for a receiver that is away.
    """
    if delivery.account_sid in node.live.wanted:
        about = (delivery.subject_sid, delivery.conversation_sid, delivery.request_sid)
        waits = (next_at, _until(node.patience, delivery)) if state is DeliveryState.WAITING else (None, None)
        line = live(attempt, delivery.event_type, delivery.hook, delivery.url, state, about, *waits)
        node.live.saw(delivery.account_sid, line)
    done = Done(attempt, state, delivery.lane, delivery.number, leaves, next_at, is_away, node.clock.now())
    return node.group(queries.RECORD).begin(delivery.sid, done)


async def keep_asked(
    work: Work, change: ProposedChange, hook: ServiceHooks, attempt: Attempt, parameters: Mapping[str, str], token: UUID
) -> None:
    """The call of a pre-action webhook, which was told *parameters*, is kept as a delivery of its own."""
    event, url = change.pre_action.event.value, hook.pre_url or ""
    asked = PreActionCall(
        attempt=attempt,
        service_sid=change.service_sid,
        conversation_sid=change.conversation_sid,
        subject_sid=change.subject_sid,
        event_type=event,
        hook=hook.hook,
        target=url,
        method=hook.method,
        parameters=parameters,
        token=token,
        request_sid=work.actor.request,
        now=work.now,
    )
    await work.submit(queries.RECORD_ASKED, attempt.delivery_sid, asked)
    about = (change.subject_sid, change.conversation_sid, work.actor.request)
    work.saw(lambda: live(attempt, event, hook.hook, url, DeliveryState.ASKED, about))


async def page(work: Work, query: DeliveryQuery, request: PageRequest) -> Page[Recorded]:
    """The account's deliveries, the newest first."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        found = await queries.page(reading, work.scope.account, query, request)
    return msgspec.structs.replace(found, rows=[waited_for(work.patience, each) for each in found.rows])


async def fetch(work: Work, sid: str) -> Recorded:
    """The delivery with all of its attempts that are kept; raises NotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        return waited_for(work.patience, await queries.recorded(reading, work.scope.account, sid))


def waited_for(patience: timedelta, recorded: Recorded) -> Recorded:
    """*recorded*, with until when its receiver is waited for."""
    if recorded.delivery.state != DeliveryState.WAITING:
        return recorded
    return msgspec.structs.replace(recorded, until=_until(patience, recorded.delivery))


def _until(patience: timedelta, delivery: Delivery) -> datetime | None:
    return delivery.created_at + patience if patience else None
