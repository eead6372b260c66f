"""Columns: the SELECT list of a Struct, so that a row becomes the Struct by position."""

from typing import TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


def columns(shape: type[msgspec.Struct], table: str = "") -> str:
    """The fields of *shape* as columns (of the table alias *table*), in the order of the Struct."""
    before = f"{table}." if table else ""
    return ", ".join(before + field.name for field in msgspec.structs.fields(shape))


def whole_seconds(column: str) -> str:
    """The moment in *column* as dates are shown, without the fraction of the second, under the column's own name.

    For lists that only show it: PostgreSQL cuts it off at a tenth of what Python takes.
    """
    return f"date_bin('1 second', {column}, 'epoch') as {column.rpartition('.')[2]}"


def changes(edit: dict[str, object], used: int) -> str:
    """``, friendly_name = $3, attributes = $4``: assignments for *edit*; *used* parameters come before them."""
    return "".join(f", {column} = ${used + number}" for number, column in enumerate(edit, start=1))


def given(edit: msgspec.Struct) -> dict[str, object]:
    """The fields of *edit* that were sent, with their values; None where one was cleared."""
    return {name: value for name, value in msgspec.structs.asdict(edit).items() if value is not msgspec.UNSET}
