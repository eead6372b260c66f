"""Results: what a run found, with where and when, as a file for programs and one for people."""

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

from benchmarks.findings import Case
from benchmarks.rounds import Rounds

RESULTS = Path(__file__).with_name("results")
_PACKAGES = ("asyncpg", "falcon", "httptools", "msgspec", "uvicorn", "uvloop")


class Run(msgspec.Struct, frozen=True):
    """A run, with all that one has to know to compare it with another."""

    date: str
    commit: str
    cpu: str
    cpus: int
    load_before: float
    """The machine's load average of the minute before."""
    versions: dict[str, str]
    rounds: Rounds
    cases: list[Case]


def describe(cases: Sequence[Case], rounds: Rounds, load_before: float, binaries: Path) -> Run:
    """The run that found *cases*, here and now."""
    return Run(
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        commit=_commit(),
        cpu=_cpu(),
        cpus=os.cpu_count() or 1,
        load_before=round(load_before, 2),
        versions={
            "python": platform.python_version(),
            "postgresql": _output(str(binaries / "postgres"), "--version").split()[-1],
            "wrk": _output("wrk", "-v").partition(" [")[0].removeprefix("wrk "),
            **{name: version(name) for name in _PACKAGES},
        },
        rounds=rounds,
        cases=list(cases),
    )


def keep(run: Run) -> list[Path]:
    """Writes both files in the place of those of the run before; returns where they are."""
    RESULTS.mkdir(exist_ok=True)
    for_programs, for_people = RESULTS / "latest.json", RESULTS / "latest.md"
    for_programs.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=2) + b"\n")
    for_people.write_text(_page(run))
    return [for_programs, for_people]


def _page(run: Run) -> str:
    lines = [
        "# What `make bench` found",
        "",
        f"{run.date}, commit {run.commit}, {run.cpus} CPUs ({run.cpu}), load average before {run.load_before}.",
        f"{run.rounds.number} rounds of {run.rounds.seconds:g} s for each contestant, in turns.",
        "Client, server and PostgreSQL share the machine; PostgreSQL is durable (fsync and synchronous_commit on).",
        "",
        ", ".join(f"{name} {number}" for name, number in run.versions.items()),
    ]
    for case in run.cases:
        lines += ["", f"## ({case.letter}) {case.title}", "", "| figure | median | least to most | target |"]
        lines.append("|---|---|---|---|")
        for each in case.findings:
            value = each.value
            verdict = {True: ": met", False: ": **missed**", None: ""}[each.met]
            spread = f"{value.median:.2f}{each.unit} | {value.least:.2f} to {value.most:.2f}"
            lines.append(f"| {each.what} | {spread} | {each.target}{verdict} |")
        if case.rates:
            lines += ["", "| contestant | per second | p50, ms |", "|---|---|---|"]
        for name, did in case.rates.items():
            lines.append(
                f"| {name} | {did.rate.median:,.0f} ({did.rate.least:,.0f} to {did.rate.most:,.0f}) |"
                f" {did.p50.median:.2f} ({did.p50.least:.2f} to {did.p50.most:.2f}) |"
            )
    return "\n".join([*lines, ""])


def _commit() -> str:
    here = Path(__file__).parent
    commit = _output("git", "-C", str(here), "rev-parse", "--short", "HEAD")
    changed = _output("git", "-C", str(here), "status", "--porcelain", "--", "../src", "../requirements")
    return f"{commit or 'unknown'}{' and changes' if changed else ''}"


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _output(*command: str) -> str:
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return (ran.stdout.splitlines() or [""])[0]
