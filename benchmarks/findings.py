"""Findings: what the cases found, as they are printed and kept."""

from collections.abc import Mapping

import msgspec

from benchmarks.rounds import Samples, Spread


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of a case."""

    what: str
    value: Spread
    least: float | None = None
    """The target, where there is one: at least this …"""
    most: float | None = None
    """… or at most this."""
    unit: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the median meets the target; None where there is none."""
        if self.least is not None:
            return self.value.median >= self.least
        return None if self.most is None else self.value.median <= self.most

    @property
    def target(self) -> str:
        """In words."""
        if self.least is not None:
            return f"at least {self.least:g}{self.unit}"
        return "" if self.most is None else f"at most {self.most:g}{self.unit}"

    @property
    def line(self) -> str:
        """As a person reads it."""
        verdict = {True: f"{self.target}: met", False: f"{self.target}: MISSED", None: ""}[self.met]
        value = self.value
        spread = f"{value.median:.2f}{self.unit}  ({value.least:.2f} to {value.most:.2f})"
        return f"{self.what:<66} {spread:<28} {verdict}".rstrip()


class Rate(msgspec.Struct, frozen=True):
    """What a contestant did."""

    rate: Spread
    """Requests or transactions per second."""
    p50: Spread
    """Milliseconds."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What a case found."""

    letter: str
    title: str
    findings: list[Finding]
    rates: Mapping[str, Rate] = {}


def rates(samples: Samples) -> dict[str, Rate]:
    """What each contestant did over all rounds."""
    return {
        name: Rate(Spread.of([s.rate for s in found]), Spread.of([s.p50 for s in found]))
        for name, found in samples.items()
    }
