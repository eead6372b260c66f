"""Service deletion: what is removed together with a service."""

from collections.abc import Sequence

import msgspec

from parlour.storage.transaction import Transaction


class Table(msgspec.Struct, frozen=True):
    """A table that holds what is in a service, with the column ``service_sid``."""

    name: str
    is_locked: bool = False
    """Whether others lock its rows for their changes."""
    is_seeded: bool = False
    """Whether sample data goes into it."""


async def empty(tx: Transaction, tables: Sequence[Table], service_sid: str) -> None:
    """Removes everything that is in the service. Its facts stay in the event log, and what webhooks were told of them
    in the flight recorder.

    *tables* are in the order in which everybody locks their rows, and each comes after those that it refers to.
    Nothing before all is locked, when nobody is in the middle of a change any more.
    """
    for table in tables:
        if table.is_locked:
            await tx.execute(
                f"""select count(*) from (
                      select 1 from {table.name} where service_sid = $1 order by sid for no key update) as locked""",
                service_sid,
            )
    for table in reversed(tables):
        await tx.execute(f"delete from {table.name} where service_sid = $1", service_sid)
