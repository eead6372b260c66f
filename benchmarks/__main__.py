"""``make bench``: measures, prints ratios, and keeps them in benchmarks/results."""

import argparse
import os
import sys
from pathlib import Path

from benchmarks.against import against
from benchmarks.cases import CASES as PUBLISHED
from benchmarks.cases import Bench
from benchmarks.checkouts import HERE, checked_out
from benchmarks.extensions import extensions
from benchmarks.failures import Failed
from benchmarks.findings import Case
from benchmarks.results import describe, keep
from benchmarks.rounds import Rounds
from benchmarks.sockets import CASES as SOCKETS
from benchmarks.webhooks import CASES as WEBHOOKS
from benchmarks.wrk import is_there
from parlour.storage.embedded import EmbeddedPostgres

CASES = {**PUBLISHED, "g": extensions, **WEBHOOKS, **SOCKETS}
DATA = Path(__file__).parents[1] / ".parlour" / "bench"


def main() -> None:
    wanted = _wanted()
    if not is_there():
        raise SystemExit("The load generator wrk is missing. Debian, Ubuntu: apt install wrk; macOS: brew install wrk")
    load_before = os.getloadavg()[0]
    if load_before > 0.5:
        _say(f"The machine is not idle (load average {load_before:.1f}): take the figures as rough.")
    postgres = EmbeddedPostgres(wanted.data, say=_say)
    cases: list[Case] = []
    with postgres as server:
        bench = Bench(server, postgres.binaries, Rounds(wanted.rounds, wanted.seconds), _say)
        bench.sockets, bench.rate = wanted.sockets, wanted.rate
        if wanted.against is not None:
            with checked_out(wanted.checkout) as new, checked_out(wanted.against) as old:
                for case in against(bench, new, old):
                    _show(case)
            return
        for measure in dict.fromkeys(CASES[letter] for letter in wanted.only):
            _say(f"\n{(measure.__doc__ or '').strip()}")
            for case in measure(bench):
                cases.append(case)
                _show(case)
    run = describe(cases, bench.rounds, load_before, postgres.binaries)
    if set(wanted.only) == set(CASES):
        _say("\nKept in " + " and ".join(os.path.relpath(path) for path in keep(run)))
    if any(finding.met is False for case in cases for finding in case.findings):
        _say("\nNot every target is met. Timings are noisy: measure again on an idle machine before you believe it.")


def _wanted() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (default 5)")
    parser.add_argument("--seconds", type=float, default=4, help="how long each time (default 4)")
    parser.add_argument("--only", type=_letters, default=list(CASES), help="some cases, such as a,c; they are not kept")
    parser.add_argument("--sockets", type=int, default=Bench.sockets, help="how many the cases of sockets open")
    parser.add_argument("--rate", type=float, default=Bench.rate, help="messages a second that sockets are told of")
    parser.add_argument("--against", metavar="REVISION", help="measures the hottest calls beside those of an earlier"
                        " revision, or of a checkout's folder; nothing is kept")  # fmt: skip
    parser.add_argument("--checkout", default=str(HERE), metavar="REVISION", help="what is held against it (default:"
                        " this checkout as it is)")  # fmt: skip
    parser.add_argument("--data", type=Path, default=DATA, help="where PostgreSQL and its databases are kept")
    return parser.parse_args()


def _letters(text: str) -> list[str]:
    letters = [each.strip().lower() for each in text.split(",")]
    if unknown := [each for each in letters if each not in CASES]:
        raise argparse.ArgumentTypeError(f"there is no case {unknown[0]!r}; there are {', '.join(CASES)}")
    return letters


def _show(case: Case) -> None:
    _say(f"  ({case.letter}) {case.title}")
    for finding in case.findings:
        _say(f"      {finding.line}")


def _say(line: str) -> None:
    print(line, file=sys.stdout, flush=True)


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        raise SystemExit(str(error)) from None
