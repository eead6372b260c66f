"""SQL of replays: which deliveries a batch of them is made of."""

from datetime import datetime

import msgspec

from parlour.contract.delivery import Delivery
from parlour.core.audience import Audience
from parlour.core.errors import NotFound
from parlour.resources.deliveries.queries import conditions
from parlour.resources.replays.model import ReplayBatchDraft
from parlour.storage.columns import columns
from parlour.storage.transaction import Transaction


class DeliveryPlace(msgspec.Struct, frozen=True):
    """A delivery's place among all of its account, in the order of their creation."""

    created_at: datetime
    sid: str


async def lock(tx: Transaction, account_sid: str) -> None:
    """Of the batches of an account one is made at a time, so that no delivery is in two of them."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended('replays of ' || $1, 0))", account_sid)


async def place(tx: Transaction, account_sid: str, sid: str) -> DeliveryPlace:
    """The delivery's; raises NotFound."""
    row = await tx.fetchrow(
        "select created_at, sid from deliveries where account_sid = $1 and sid = $2", account_sid, sid
    )
    if row is None:
        raise NotFound
    return DeliveryPlace(*row)


async def last_place(tx: Transaction, account_sid: str) -> DeliveryPlace | None:
    """The newest delivery's; None if there is none."""
    row = await tx.fetchrow(
        """select created_at, sid from deliveries where account_sid = $1
           order by created_at desc, sid desc limit 1""",
        account_sid,
    )
    return None if row is None else DeliveryPlace(*row)


async def batch(
    tx: Transaction, account_sid: str, draft: ReplayBatchDraft, after: DeliveryPlace | None, last: DeliveryPlace
) -> list[tuple[Delivery, bool]]:
    """The deliveries behind *after*, up to *last*, the oldest first; and of each whether it was replayed already."""
    wanted, values = conditions(draft, start=7)
    rows = await tx.fetch(
        f"""
        select {columns(Delivery, "d")}, exists (
          select from deliveries r where r.account_sid = d.account_sid and r.replay_of = d.sid
        )
        from deliveries d
        where d.account_sid = $1 and d.audience = {int(Audience.WEBHOOK)} and d.event_id is not null
          and ($2::timestamptz is null or (d.created_at, d.sid) > ($2, $3)) and (d.created_at, d.sid) <= ($4, $5)
          {wanted}
        order by d.created_at, d.sid limit $6
        """,
        account_sid,
        None if after is None else after.created_at,
        None if after is None else after.sid,
        last.created_at,
        last.sid,
        draft.limit,
        *values,
    )
    return [(Delivery(*row[:-1]), row[-1]) for row in rows]
