"""Keyset pages: walking a list forward and backward gives what sorting it would give, whatever the page size."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.core.paging import Page, PageKey, PageRequest, PageTokenCodec
from parlour.storage.database import Database
from parlour.storage.keyset import Keyset
from tests.database import empty_database

START = datetime(2026, 5, 1, tzinfo=UTC)
TOKENS = PageTokenCodec(b"secret")


class Thing(msgspec.Struct, frozen=True, order=True):
    made_at: datetime
    sid: str


@pytest.fixture(scope="module")
async def things(postgres: str) -> AsyncIterator[Database]:
    """A database with one table, which every test fills anew."""
    async with empty_database(postgres) as url, Database(url, connections=1) as database:
        async with database.session() as connection:
            await connection.execute('create table things (made_at timestamptz, sid text collate "C")')
        yield database


async def fill(database: Database, rows: list[Thing]) -> None:
    async with database.session() as connection:
        await connection.execute("delete from things")
        await connection.execute(
            "insert into things select * from unnest($1::timestamptz[], $2::text[])",
            [row.made_at for row in rows],
            [row.sid for row in rows],
        )


async def page_of(database: Database, order: Keyset, size: int, position: PageKey | None) -> Page[Thing]:
    async with database.session() as reading:
        return await order.page(
            reading,
            "select made_at, sid from things where sid <> $1",
            ("not there",),
            PageRequest(size, _through_a_token(position)),
            lambda row: Thing(*row),
            ("CH1",),
        )


def _through_a_token(position: PageKey | None) -> PageKey | None:
    """The position as it comes back from a client."""
    return None if position is None else TOKENS.decode(TOKENS.encode(position, (), b""), b"")[0]


async def walk(database: Database, order: Keyset, size: int) -> list[Page[Thing]]:
    pages = [await page_of(database, order, size, None)]
    while (following := pages[-1].after) is not None:
        assert following not in [page.after for page in pages[:-1]], "it goes in circles"
        pages.append(await page_of(database, order, size, following))
    return pages


# Few moments and few letters, so that equal sort keys are frequent.
ROWS = st.lists(
    st.builds(
        Thing,
        st.integers(0, 3).map(lambda seconds: START + timedelta(seconds=seconds, microseconds=seconds)),
        st.text("abcAB", min_size=1, max_size=3),
    ),
    unique_by=lambda thing: (thing.made_at, thing.sid),
    max_size=12,
)


@settings(max_examples=150)
@given(rows=ROWS, size=st.integers(1, 5), descending=st.booleans())
async def test_pages_are_the_sorted_list_cut_in_pieces(
    things: Database, rows: list[Thing], size: int, descending: bool
) -> None:
    await fill(things, rows)
    order = Keyset(("made_at", "sid"), descending=descending)
    expected = sorted(rows, reverse=descending)

    pages = await walk(things, order, size)

    assert [row for page in pages for row in page.rows] == expected
    assert all(len(page.rows) == size for page in pages[:-1])
    assert all(page.parents == ("CH1",) for page in pages)
    assert pages[0].before is None
    for earlier, later in pairwise(pages):
        back = await page_of(things, order, size, later.before)
        assert list(back.rows) == list(earlier.rows)
        assert back.after is not None
        assert (back.before is None) == (earlier.before is None)
        again = await page_of(things, order, size, back.after)
        assert list(again.rows) == list(later.rows)


@settings(max_examples=100)
@given(rows=ROWS.filter(len), added=ROWS, size=st.integers(1, 4), data=st.data())
async def test_what_comes_and_goes_between_pages_neither_repeats_nor_skips_the_rest(
    things: Database, rows: list[Thing], added: list[Thing], size: int, data: st.DataObject
) -> None:
    await fill(things, rows)
    order = Keyset(("made_at", "sid"))
    removed = set(data.draw(st.lists(st.sampled_from(rows), unique=True)))
    page = await page_of(things, order, size, None)
    seen = list(page.rows)

    stayed = [row for row in rows if row not in removed]
    await fill(things, sorted({*stayed, *added}))
    while page.after is not None:
        assert len(seen) <= len(rows) + len(added), "it goes in circles"
        page = await page_of(things, order, size, page.after)
        seen += page.rows

    assert len(set(seen)) == len(seen)
    assert set(stayed) <= set(seen)


async def test_the_columns_take_the_alias_of_their_table(things: Database) -> None:
    await fill(things, [Thing(START, "a"), Thing(START, "b")])
    order = Keyset(("sid",), table="t")
    async with things.session() as reading:
        sql = "select t.sid from things t join things o on o.sid = t.sid where true"
        page = await order.page(reading, sql, (), PageRequest(1, PageKey(("a",))), lambda row: str(row[0]))
    assert page.rows == ["b"]
