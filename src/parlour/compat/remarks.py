"""Remarks: what was sent to an operation and has no effect here, which no answer says."""

from collections.abc import Iterable

import msgspec

from parlour.compat.differences import DIFFERENCES, Kind
from parlour.compat.parameter_names import ParameterNames
from parlour.compat.usage_counts import printable
from parlour.contract.rest import Route


class Remarks(msgspec.Struct, frozen=True, omit_defaults=True):
    """Of one call."""

    ignored: dict[str, str | None] = {}
    """Parameters that the operation does not have, each with the one that was probably meant."""
    lacking: dict[str, str] = {}
    """Parameters that mean something which parlour lacks, each with the name of that."""


class Remarkers:
    """Looks at what is sent to any operation."""

    def __init__(self) -> None:
        self._by_operation: dict[str, Remarker] = {}

    def remarks(self, route: Route, sent: Iterable[str]) -> dict[str, object]:
        """On a call of *route* with parameters of these names, as JSON has them."""
        if route.id not in self._by_operation:
            self._by_operation[route.id] = Remarker(route)
        found: dict[str, object] = msgspec.to_builtins(self._by_operation[route.id].remarks(sent))
        return found


class Remarker:
    """Looks at what is sent to *route*."""

    def __init__(self, route: Route) -> None:
        self._names = ParameterNames(route)
        self._lacking = {
            name: each.name
            for each in DIFFERENCES
            if each.kind is Kind.KNOWN and each.concerns(route.id)
            for name in each.only_with
        }

    def remarks(self, sent: Iterable[str]) -> Remarks:
        """On a call with parameters of these names."""
        known, unknown = self._names.sorted_out(sent)
        return Remarks(
            ignored={printable(name): self._names.near(name) for name in unknown},
            lacking={name: self._lacking[name] for name in known if name in self._lacking},
        )
