"""Long pages: so many rows at a time, in order; short ones wait for nobody."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from parlour.core.errors import Unavailable
from parlour.runtime.long_pages import MAX_ROWS, SHORT_ROWS, LongPages

PATIENCE = 60.0
LONG = MAX_ROWS // 2 + 1
"""Rows of a page beside which there is no room for another one."""


async def turned(pages: LongPages, rows: int, order: list[int]) -> None:
    async with pages.of(rows):
        order.append(rows)
        await asyncio.sleep(0)


async def test_a_short_page_waits_for_nobody() -> None:
    pages = LongPages(PATIENCE)
    async with pages.of(MAX_ROWS):
        await turned(pages, SHORT_ROWS, [])


async def test_long_pages_share_the_room_that_there_is() -> None:
    pages = LongPages(0.01)
    async with AsyncExitStack() as stack:
        for _ in range(MAX_ROWS // 100):
            await stack.enter_async_context(pages.of(100))
        with pytest.raises(Unavailable):
            await stack.enter_async_context(pages.of(100))


async def test_they_go_on_in_the_order_in_which_they_came() -> None:
    pages, order = LongPages(PATIENCE), list[int]()
    async with pages.of(LONG):
        waiting = [asyncio.create_task(turned(pages, rows, order)) for rows in (MAX_ROWS, 100, MAX_ROWS - 1, 101)]
        await asyncio.sleep(0)
        assert not order
    await asyncio.gather(*waiting)
    assert order == [MAX_ROWS, 100, MAX_ROWS - 1, 101]


async def test_a_page_larger_than_all_room_has_its_turn_alone() -> None:
    order = list[int]()
    await turned(LongPages(PATIENCE), MAX_ROWS * 10, order)
    assert order == [MAX_ROWS * 10]


async def test_who_gives_up_holds_nobody_up_and_takes_no_room() -> None:
    pages, order = LongPages(PATIENCE), list[int]()
    async with pages.of(LONG):
        gone = asyncio.create_task(turned(pages, MAX_ROWS, order))
        behind = asyncio.create_task(turned(pages, 100, order))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait_for(behind, PATIENCE)
    assert order == [100]
    await asyncio.wait_for(turned(pages, MAX_ROWS, order), PATIENCE)


async def test_who_is_let_in_and_cancelled_at_the_same_moment_takes_no_room() -> None:
    pages = LongPages(PATIENCE)
    async with pages.of(LONG):
        gone = asyncio.create_task(turned(pages, LONG, []))
        await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    await asyncio.wait_for(turned(pages, MAX_ROWS, []), PATIENCE)


async def test_a_failing_page_gives_its_room_back() -> None:
    pages = LongPages(PATIENCE)
    with pytest.raises(LookupError):
        async with pages.of(MAX_ROWS):
            raise LookupError
    await asyncio.wait_for(turned(pages, MAX_ROWS, []), PATIENCE)


async def test_nobody_waits_for_ever() -> None:
    pages = LongPages(0.01)
    async with pages.of(MAX_ROWS):
        with pytest.raises(Unavailable):
            await turned(pages, 100, [])
    await asyncio.wait_for(turned(pages, MAX_ROWS, []), PATIENCE)
