"""Gathered reads: parts of many lists with one statement, for callers who ask at the same time."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from parlour.core.windows import Key, Since, Window
from parlour.storage.transaction import Reading, Record


class RowSource(msgspec.Struct, frozen=True):
    """Rows of which each belongs to one owner, and within that to one key."""

    columns: str
    rows: str
    """``from … where …``: the rows of ``wanted.owner`` in the service ``wanted.service_sid``."""
    key: str
    """The column of the key."""
    type: Literal["text", "bigint"]


class Cut(msgspec.Struct, frozen=True):
    """What a window shows: rows by their keys in its order, and the key right before it."""

    rows: list[Record]
    before: Key | None


_LOWEST = {"text": "''", "bigint": "-1"}
_HIGHEST = {"text": "'~'", "bigint": "9223372036854775807"}
"""Below and above every key there is; those that are texts are SIDs."""


async def windows(reading: Reading, source: RowSource, wanted: Sequence[Window]) -> list[Cut]:
    """The windows, with one statement for those of each direction."""
    found: dict[int, Cut] = {}
    for is_descending in (False, True):
        places = [place for place, each in enumerate(wanted) if each.is_descending is is_descending]
        if places:
            cuts = await _windows(reading, source, [wanted[place] for place in places], is_descending=is_descending)
            found.update(zip(places, cuts, strict=True))
    return [found[place] for place in range(len(wanted))]


async def _windows(reading: Reading, source: RowSource, wanted: Sequence[Window], *, is_descending: bool) -> list[Cut]:
    way, back = ("desc", "asc") if is_descending else ("asc", "desc")
    from_on, before = ("<=", ">") if is_descending else (">=", "<")
    end = (_HIGHEST if is_descending else _LOWEST)[source.type]
    rows = await reading.fetch(
        f"""
        select found.*, before.key as key_before, found.place is not null as is_found, wanted.place
        from unnest($1::int[], $2::text[], $3::text[], $4::{source.type}[], $5::bigint[])
          as wanted(place, service_sid, owner, start, size)
        left join lateral (
          select {source.key} as key {source.rows} and {source.key} {before} wanted.start
          order by {source.key} {back} limit 1
        ) as before on true
        left join lateral (
          select {source.columns}, {source.key} as key_found, wanted.place {source.rows}
            and {source.key} {from_on} coalesce(wanted.start, {end})
          order by {source.key} {way} limit wanted.size
        ) as found on true
        order by wanted.place, found.key_found {way}
        """,
        list(range(len(wanted))),
        [each.service_sid for each in wanted],
        [each.owner for each in wanted],
        [each.start for each in wanted],
        [each.limit for each in wanted],
    )
    cuts: list[Cut] = [Cut([], None) for _ in wanted]
    for row in rows:
        *columns, key_before, is_found, place = row
        if cuts[place].before != key_before:
            cuts[place] = Cut(cuts[place].rows, key_before)
        if is_found:
            cuts[place].rows.append(columns[:-2])
    return cuts


async def changed(reading: Reading, source: RowSource, wanted: Sequence[Since], number: str) -> list[list[Record]]:
    """The rows of each owner whose column *number* is above a number, by that column; of more than the limit those
    with the lowest numbers."""
    rows = await reading.fetch(
        f"""
        select found.*, wanted.place
        from unnest($1::int[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
          as wanted(place, service_sid, owner, above, size)
        cross join lateral (
          select {source.columns}, {number} as event_number {source.rows} and {number} > wanted.above
          order by {number} limit wanted.size
        ) as found
        order by wanted.place, found.event_number
        """,
        list(range(len(wanted))),
        *of_since(wanted),
    )
    return by_place(rows, len(wanted), beside=2)


def of_since(wanted: Sequence[Since]) -> tuple[list[str], list[str], list[int], list[int]]:
    """*wanted* as arrays: services, owners, numbers, limits."""
    return (
        [each.service_sid for each in wanted],
        [each.owner for each in wanted],
        [each.above for each in wanted],
        [each.limit for each in wanted],
    )


def by_place(rows: Sequence[Record], places: int, *, beside: int = 1) -> list[list[Record]]:
    """The rows of each place, which is their last column; the last *beside* columns are left out."""
    found: list[list[Record]] = [[] for _ in range(places)]
    for row in rows:
        found[row[-1]].append(row[:-beside])
    return found
