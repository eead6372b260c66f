"""Words for tests of the flight recorder: put something into it, look into it, wait for what is on its way."""

import asyncio
from typing import Any
from uuid import uuid4

from parlour.contract.delivery import Attempt, DeliveryState
from parlour.contract.output import Planned
from parlour.core.actor import SYSTEM
from parlour.core.audience import Audience
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, new_sid
from parlour.delivery.model import Done
from parlour.delivery.queries import deliveries
from parlour.resources.deliveries.model import Call, Exchanged, lane_key, receiver
from tests.account_client import AccountClient

FOR_WEBHOOKS = "audiences & 1 <> 0 as webhooks"
"""Of an event: whether webhooks are told of it."""
DELIVERIES = "/parlour/v1/Webhooks/Deliveries"
NOWHERE = "http://127.0.0.1:9/"
"""Where nobody listens."""


async def record(api: AccountClient, service: str, subject: str) -> str:
    """The SID of a delivery of the service's own webhook that failed at its first attempt."""
    planned = Planned(
        account_sid=api.account,
        sid=new_sid(Prefix.DELIVERY),
        service_sid=service,
        conversation_sid=None,
        subject_sid=subject,
        event_id=1,
        event_type="onConversationAdded",
        target="service",
        payload=Call(NOWHERE, "POST", {"EventType": "onConversationAdded"}, uuid4()),
        lane_key=lane_key(None, subject, NOWHERE),
        receiver=receiver(NOWHERE),
        request_sid=None,
    )
    async with api.parlour.inside.transaction(Scope(api.account, None), SYSTEM) as tx:
        await deliveries.plan(tx, Audience.WEBHOOK, [planned])
        delivery = await deliveries.get(tx, api.account, planned.sid)
        attempt = Attempt(
            delivery_sid=planned.sid,
            account_sid=api.account,
            number=0,
            verdict="failed",
            status=500,
            error=None,
            record=Exchanged(
                url=NOWHERE,
                headers={},
                body="EventType=onConversationAdded",
                signed="",
                answer_headers={"Content-Type": "text/plain"},
                answer_body="no",
            ),
            started_at=tx.now,
            milliseconds=1.5,
        )
        done = Done(attempt, DeliveryState.FAILED, delivery.lane, delivery.number, True, tx.now, False, tx.now)
        await tx.execute(deliveries.RECORD, [planned.sid], [done])
    return planned.sid


async def recorded(api: AccountClient, number: int = 1, **query: object) -> list[dict[str, Any]]:
    """The deliveries that *query* means, as soon as there are *number* of them and none is still to be sent."""
    async with asyncio.timeout(30):
        while True:
            rows = (await api.get(DELIVERIES, **query)).rows
            if len(rows) >= number and all(row["state"] != "waiting" for row in rows):
                return rows


async def whole(api: AccountClient, sid: str) -> dict[str, Any]:
    """The delivery with its attempts."""
    return (await api.get(f"{DELIVERIES}/{sid}")).row


async def relayed(api: AccountClient) -> None:
    """Returns when webhooks were planned for all that happened in the account."""
    sql = """
        select count(*) from events where account_sid = $1 and audiences & 1 <> 0
        and not pg_visible_in_snapshot(xid, (select seen::pg_snapshot from log_positions where reader = 'webhook'))
        """
    async with asyncio.timeout(30), api.parlour.inside.database.session() as reading:
        while await reading.fetchval(sql, api.account):
            continue
