"""Keeping: what was tried is written down before anything follows from it, and shown to those who look on."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from parlour.contract.delivery import Attempt, Delivery, DeliveryState
from parlour.contract.output import Output, Sent
from parlour.core.actor import SYSTEM
from parlour.core.scope import Scope
from parlour.delivery.model import Done, PreActionCall
from parlour.delivery.queries import deliveries
from parlour.runtime.node import Node
from parlour.storage.transaction import Record, Transaction


def keep(
    node: Node, output: Output[Transaction], delivery: Delivery, sent: Sent, *, leaves: bool
) -> "asyncio.Future[Record | None]":
    """Begins to keep the attempt and what follows from it; what is returned is done once it is committed.

    *leaves*: with this the process gives the lane back, which is due again at ``next_at`` if something is left in it.
    The row then says as ``goes_on`` whether it is due already.
    """
    if delivery.account_sid in node.live.wanted:
        about = (delivery.subject_sid, delivery.conversation_sid, delivery.request_sid)
        line = live_line(sent.attempt, delivery.event_type, output.shown(delivery), sent.state, about, sent)
        node.live.saw(delivery.account_sid, line)
    now = node.clock.now()
    done = Done(
        sent.attempt,
        sent.state,
        delivery.lane,
        delivery.number,
        leaves,
        sent.next_at or now,
        sent.is_parked,
        now,
    )
    if sent.has_effects:
        return asyncio.ensure_future(_settle(node, output, delivery, sent, done))
    return node.group(deliveries.RECORD).begin(delivery.sid, done)


async def _settle(node: Node, output: Output[Transaction], delivery: Delivery, sent: Sent, done: Done) -> Record | None:
    """Keeps the attempt in the transaction that writes what follows from it, if no other process has kept it before."""
    async with node.transaction(Scope(delivery.account_sid, delivery.service_sid), SYSTEM) as tx:
        if await deliveries.lock_attempt(tx, delivery):
            await output.settle(tx, delivery, sent)
        return await deliveries.record(tx, delivery, done)


async def keep_asked(node: Node, asked: PreActionCall, shown: Mapping[str, Any]) -> None:
    """Keeps what was sent before a change as a delivery of its own; *shown*: as in ``Output.shown``."""
    attempt = asked.attempt
    await node.group(deliveries.RECORD_ASKED).submit(attempt.delivery_sid, asked)
    if attempt.account_sid in node.live.wanted:
        about = (asked.subject_sid, asked.conversation_sid, asked.request_sid)
        line = live_line(attempt, asked.event_type, shown, DeliveryState.ASKED, about)
        node.live.saw(attempt.account_sid, line)


def live_line(
    attempt: Attempt,
    event_type: str,
    shown: Mapping[str, Any],
    state: DeliveryState,
    about: tuple[str, str | None, str | None],
    sent: Sent | None = None,
) -> dict[str, Any]:
    """An attempt as the live tail shows it; *about*: the SIDs of the subject, its conversation and the request."""
    subject_sid, conversation_sid, request_sid = about
    return {
        "kind": "delivery",
        "at": attempt.started_at.isoformat(timespec="milliseconds"),
        "delivery_sid": attempt.delivery_sid,
        "event_type": event_type,
        **shown,
        "attempt": attempt.number,
        "state": state.value,
        "status": attempt.status,
        "error": attempt.error,
        "verdict": attempt.verdict,
        "milliseconds": round(attempt.milliseconds, 3),
        "subject_sid": subject_sid,
        "conversation_sid": conversation_sid,
        "request_sid": request_sid,
        "date_next_attempt": _moment(None if sent is None else sent.next_at),
        "waits_until": _moment(None if sent is None else sent.until),
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds")
