"""Columns: the SELECT list of a Struct, so that a row becomes the Struct by position."""

from typing import TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


def columns(shape: type[msgspec.Struct], table: str = "") -> str:
    """The fields of *shape* as columns (of the table alias *table*), in the order of the Struct."""
    before = f"{table}." if table else ""
    return ", ".join(before + name for name in shape.__struct_fields__)


def shown(column: str) -> str:
    """The moment in *column* as the text in which dates are shown, under the column's own name.

    For the rows of hot lists, which only show it: making a datetime of it and a text of that again takes Python
    longer than all the rest of the row.
    """
    name = column.rpartition(".")[2]
    return f"""to_char({column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as {name}"""


def changes(edit: dict[str, object], used: int) -> str:
    """``, friendly_name = $3, attributes = $4``: assignments for *edit*; *used* parameters come before them."""
    return "".join(f", {column} = ${used + number}" for number, column in enumerate(edit, start=1))


def given(edit: msgspec.Struct) -> dict[str, object]:
    """The fields of *edit* that were sent, with their values; None where one was cleared."""
    return {name: value for name, value in msgspec.structs.asdict(edit).items() if value is not msgspec.UNSET}
