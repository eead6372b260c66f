"""Parameter types of parlour's own: several words in one value."""

from enum import StrEnum

import pytest

from parlour.core.errors import InvalidParameter
from parlour.core.own_fields import Words


class Colour(StrEnum):
    RED = "red"
    DARK_BLUE = "dark_blue"


@pytest.mark.parametrize(
    ("sent", "read"),
    [(["red"], {Colour.RED}), (["red,dark_blue"], set(Colour)), (["dark_blue", "RED,red"], set(Colour)), ([""], set()),
     (["", "red"], {Colour.RED})],
)  # fmt: skip
def test_words_with_commas_become_a_set(sent: list[str], read: set[Colour]) -> None:
    assert Words(Colour).read("Colours", sent) == read


@pytest.mark.parametrize("sent", ["green", "red,", ",", "red dark_blue", "red, dark_blue", "Colour.RED", "null"])
def test_any_other_word_is_refused(sent: str) -> None:
    with pytest.raises(InvalidParameter, match="Colours"):
        Words(Colour).read("Colours", ["red", sent])
