"""Columns: from a Struct to the lists of column names that statements need."""

import msgspec
from msgspec import UNSET, UnsetType

from parlour.storage.columns import changes, columns, given


class Row(msgspec.Struct):
    sid: str
    friendly_name: str | UnsetType | None = UNSET
    attributes: str | UnsetType = UNSET


def test_columns_follow_the_order_of_the_struct() -> None:
    assert columns(Row) == "sid, friendly_name, attributes"
    assert columns(Row, "m") == "m.sid, m.friendly_name, m.attributes"


def test_an_edit_holds_what_was_sent_and_keeps_what_was_cleared() -> None:
    assert given(Row("US1", friendly_name=None)) == {"sid": "US1", "friendly_name": None}


def test_changes_number_their_parameters_after_those_before() -> None:
    assert changes({"friendly_name": None, "attributes": "{}"}, 3) == ", friendly_name = $4, attributes = $5"
    assert changes({}, 3) == ""
