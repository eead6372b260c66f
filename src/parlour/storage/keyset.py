"""Keyset pages: the one way in which lists are cut, by comparing sort keys instead of counting rows."""

from collections.abc import Callable
from functools import cache
from typing import TypeVar

import msgspec

from parlour.core.paging import Page, PageKey, PageRequest
from parlour.storage.transaction import Reading, Record

T = TypeVar("T")


class Keyset(msgspec.Struct, frozen=True):
    """The order of a list: columns that together are unique, all ascending or all descending."""

    columns: tuple[str, ...]
    descending: bool = False
    table: str = ""
    """The alias to put before the columns where the query has several tables."""

    async def page(
        self,
        reading: Reading,
        sql: str,
        values: tuple[object, ...],
        request: PageRequest,
        make: Callable[[Record], T],
        parents: tuple[str, ...] = (),
    ) -> Page[T]:
        """The page of *sql* that *request* asks for, in one statement.

        *sql* selects the columns of the order among others and ends in its WHERE clause.
        """
        rows = await reading.fetch(sql + self.cut(request, len(values)), *values, *self.arguments(request))
        return self.assemble(rows, request, make, parents)

    def cut(self, request: PageRequest, used: int) -> str:
        """The SQL that starts at the position and stops after one row more than the page has.

        *used*: how many parameters the query has already.
        """
        return _cut(self, self.direction(request), request.position is not None, used)

    def ordering(self, request: PageRequest, table: str) -> str:
        """The sort keys of this page, as columns of *table* (an alias): what ``order by`` takes."""
        return _ordering(self.columns, self.direction(request), table)

    def direction(self, request: PageRequest) -> str:
        """``asc`` or ``desc``: which way the rows of this page are fetched."""
        backward = request.position is not None and request.position.backward
        return "desc" if self.descending != backward else "asc"

    def arguments(self, request: PageRequest) -> tuple[object, ...]:
        """The values for the parameters that *cut* added."""
        keys = request.position.keys if request.position is not None else ()
        return (request.size + 1, *keys)

    def assemble(
        self, rows: list[Record], request: PageRequest, make: Callable[[Record], T], parents: tuple[str, ...] = ()
    ) -> Page[T]:
        """The page from what the cut query gave: at most one row more than asked, reversed when going backward."""
        position = request.position
        backward = position is not None and position.backward
        more = len(rows) > request.size
        rows = rows[: request.size]
        if backward:
            rows.reverse()
        has_before = more if backward else position is not None
        has_after = more or backward
        return Page(
            [make(row) for row in rows],
            before=self._at(rows[0], backward=True) if rows and has_before else None,
            after=self._at(rows[-1], backward=False) if rows and has_after else None,
            parents=parents,
        )

    def _at(self, row: Record, *, backward: bool) -> PageKey:
        return PageKey(tuple(row[column] for column in self.columns), backward)


def _named(columns: tuple[str, ...], table: str) -> list[str]:
    return [f"{table}.{column}" if table else column for column in columns]


@cache
def _ordering(columns: tuple[str, ...], direction: str, table: str) -> str:
    way = " desc" if direction == "desc" else ""
    return ", ".join(column + way for column in _named(columns, table))


@cache
def _cut(keyset: Keyset, direction: str, is_further: bool, used: int) -> str:
    columns, start = _named(keyset.columns, keyset.table), ""
    if is_further:
        places = ", ".join(f"${used + 2 + number}" for number in range(len(columns)))
        start = f" and ({', '.join(columns)}) {'<' if direction == 'desc' else '>'} ({places})"
    return f"{start} order by {_ordering(keyset.columns, direction, keyset.table)} limit ${used + 1}"
