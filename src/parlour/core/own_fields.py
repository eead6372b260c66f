"""Parameter types that only parlour's own parameters need: groups, several words in one value, names with a key.

They are read like the others (``core/fields.py``).
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import msgspec

from parlour.core.errors import InvalidParameter
from parlour.core.fields import One


class Own(msgspec.Struct, frozen=True):
    """Marks a field that is a Struct of parlour's own parameters: ``Annotated[ListExtensions, Own("Parlour-")]``.

    Their names begin with *prefix*. Where none was sent, the field keeps its default.
    """

    prefix: str


class Words:
    """Words of an enumeration with commas between them, in one parameter or several; becomes a frozenset."""

    def __init__(self, words: type[StrEnum]) -> None:
        self.words = {word.value: word for word in words}

    def read(self, name: str, values: Sequence[str]) -> frozenset[StrEnum]:
        sent = [word for value in values if value for word in value.lower().split(",")]
        if any(word not in self.words for word in sent):
            raise InvalidParameter(name=name)
        return frozenset(self.words[word] for word in sent)

    def schema(self) -> dict[str, Any]:
        one = "|".join(self.words)
        return {"type": "string", "pattern": f"^(({one})(,({one}))*)?$"}


class ByKey(One):
    """Up to *most* parameters whose names go on with a dot and a key that the caller chooses.

    Key and value have at most *longest* bytes each. Together they become the values by key; one that is empty is left
    out.
    """

    def __init__(self, most: int, longest: int) -> None:
        self.most, self.longest = most, longest

    def parse(self, name: str, raw: str) -> str:
        if len(raw.encode()) > self.longest:
            raise InvalidParameter(name=name)
        return raw

    def collect(self, start: str, sent: dict[str, Sequence[str]]) -> dict[str, str]:
        """The values by key of *sent*, parameters whose names all begin with *start*; raises InvalidParameter."""
        if len(sent) > self.most:
            raise InvalidParameter(name=f"{start}<key>")
        found = {}
        for name, values in sent.items():
            key = name.removeprefix(start)
            if len(key.encode()) > self.longest or "\0" in key:
                raise InvalidParameter(name=f"{start}<key>")
            value = self.read(name, values)
            if value:
                found[key] = value
        return found
