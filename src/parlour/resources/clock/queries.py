"""SQL of the virtual clock, whose pace is one row."""

from parlour.core.clock import Pace
from parlour.storage.columns import columns
from parlour.storage.transaction import Reading, Transaction

_PACE = columns(Pace)


async def begin(reading: Reading) -> Pace:
    """The pace; where there was no virtual clock there is one now, which goes with the machine's."""
    await reading.execute(
        "insert into virtual_clock (ahead, moves) values (interval '0', 0) on conflict (only_one) do nothing"
    )
    return await get(reading)


async def find(reading: Reading) -> Pace | None:
    """The pace, if there is or was a virtual clock."""
    row = await reading.fetchrow(f"select {_PACE} from virtual_clock")
    return None if row is None else Pace(*row)


async def get(reading: Reading) -> Pace:
    """The pace as it was set last."""
    return Pace(*await reading.fetchone(f"select {_PACE} from virtual_clock"))


async def lock(tx: Transaction) -> Pace:
    """The same, locked until the end of the transaction."""
    return Pace(*await tx.fetchone(f"select {_PACE} from virtual_clock for update"))


async def put(tx: Transaction, pace: Pace) -> None:
    """Stores the pace, for all processes."""
    await tx.execute(
        "update virtual_clock set ahead = $1, frozen_at = $2, moves = $3", pace.ahead, pace.frozen_at, pace.moves
    )
