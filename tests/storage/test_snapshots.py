"""Snapshots read as text see what PostgreSQL says they see."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.storage.database import Database
from parlour.storage.snapshots import Snapshot


@st.composite
def texts(draw: st.DrawFn) -> str:
    epoch, number, length = draw(st.integers(0, 2**8)), draw(st.integers(1, 2**32 - 13)), draw(st.integers(0, 12))
    first = epoch * 2**32 + number  # the number 0 of an epoch is no transaction's
    running = sorted(draw(st.sets(st.integers(first, first + length - 1), max_size=length)) if length else ())
    begin = running[0] if running else first + length
    return f"{begin}:{first + length}:{','.join(map(str, running))}"


@settings(max_examples=60)
@given(text=texts(), near=st.integers(-3, 15))
async def test_a_snapshot_sees_what_postgresql_says(database: Database, text: str, near: int) -> None:
    xid = max(1, int(text.split(":")[0]) + near)
    async with database.session() as reading:
        seen = await reading.fetchval(
            "select pg_visible_in_snapshot($1::text::xid8, $2::text::pg_snapshot)", str(xid), text
        )
    assert Snapshot.of(text).sees(xid) is seen


@pytest.mark.parametrize(
    ("earlier", "later"),
    [("5:5:", "6:6:"), ("3:5:3", "5:5:"), ("3:6:3,4", "4:6:4"), ("3:6:3", "3:9:3,7")],
)
def test_of_two_snapshots_the_later_one_is_known(earlier: str, later: str) -> None:
    assert Snapshot.of(earlier).is_before(Snapshot.of(later))
    assert not Snapshot.of(later).is_before(Snapshot.of(earlier))
    assert not Snapshot.of(later).is_before(Snapshot.of(later))
