"""Rounds: contestants take turns, so that whatever else the machine does in between hits all of them alike."""

from collections.abc import Callable, Collection, Mapping, Sequence
from statistics import median

import msgspec

from benchmarks.wrk import Sample

Contestant = Callable[[float], Sample]
"""Runs for so many seconds and says what it found."""


class Rounds(msgspec.Struct, frozen=True):
    """How long is measured: so many rounds, in each of which every contestant runs for so many seconds."""

    number: int = 5
    seconds: float = 4


class Spread(msgspec.Struct, frozen=True):
    """What the rounds found, from the least to the most."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(median(values), min(values), max(values))


Samples = Mapping[str, Sequence[Sample]]
"""For every contestant, what it found in each round."""


def in_turns(contestants: Mapping[str, Contestant], rounds: Rounds, say: Callable[[str], None]) -> Samples:
    """What each found in each round, after a run of each to warm up."""
    for name, run in contestants.items():
        say(f"    warming up: {name}")
        run(min(2, rounds.seconds))
    found: dict[str, list[Sample]] = {name: [] for name in contestants}
    for number in range(rounds.number):
        for name, run in contestants.items():
            sample = run(rounds.seconds)
            found[name].append(sample)
            say(f"    round {number + 1}: {name}: {sample.rate:,.0f}/s, p50 {sample.p50:.2f} ms")
    return found


def ratio(samples: Samples, above: str, below: str) -> Spread:
    """The rate of one to that of the other, round by round."""
    return Spread.of([a.rate / b.rate for a, b in zip(samples[above], samples[below], strict=True)])


def p50(samples: Samples, name: str) -> Spread:
    """The milliseconds that half of what it did took at most, of each round."""
    return Spread.of([sample.p50 for sample in samples[name]])


def slower(samples: Samples, above: str, below: str) -> Spread:
    """How many times as long as the other the one takes, by their p50, round by round."""
    return Spread.of([a.p50 / b.p50 for a, b in zip(samples[above], samples[below], strict=True)])


def slowest_to_fastest(samples: Samples, among: Collection[str]) -> Spread:
    """The largest p50 among those to the smallest, round by round."""
    by_round = zip(*(samples[name] for name in among), strict=True)
    return Spread.of([max(s.p50 for s in each) / min(s.p50 for s in each) for each in by_round])
