"""pgbench: PostgreSQL's own load generator, which does parlour's statements without parlour."""

import re
import subprocess
import tempfile
from pathlib import Path

from benchmarks.databases import Filled
from benchmarks.failures import Failed
from benchmarks.statements import Script
from benchmarks.wrk import Sample

_FOUND = {
    "count": re.compile(r"number of transactions actually processed: (\d+)"),
    "failed": re.compile(r"number of failed transactions: (\d+)"),
    "rate": re.compile(r"tps = ([\d.]+)"),
    "latency": re.compile(r"latency average = ([\d.]+) ms"),
}


class Pgbench:
    """The same transaction over and over, prepared, from 32 clients in two threads."""

    def __init__(self, binaries: Path, database: Filled, script: Script, clients: int = 32) -> None:
        self._file = tempfile.NamedTemporaryFile("w", suffix=".sql")  # noqa: SIM115 - as long as this object
        self._file.write(script.text)
        self._file.flush()
        self._command = [
            str(binaries / "pgbench"),
            "-n",
            "-M",
            "prepared",
            "-c",
            str(clients),
            "-j",
            str(min(2, clients)),
        ]
        self._command += ["-f", self._file.name]
        for name, value in script.values.items():
            self._command += ["-D", f"{name}={value}"]
        self._url = database.url

    def run(self, seconds: float) -> Sample:
        """One run; raises Failed if a transaction failed."""
        return self._run("-T", str(max(1, round(seconds))))

    def once(self) -> Sample:
        """One transaction of each client."""
        return self._run("-t", "1")

    def _run(self, *how_long: str) -> Sample:
        command = [*self._command, *how_long, self._url]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        found = {name: pattern.search(ran.stdout) for name, pattern in _FOUND.items()}
        values = {name: float(match[1]) for name, match in found.items() if match}
        if ran.returncode != 0 or values.get("failed", 1) != 0:
            raise Failed(f"pgbench could not do parlour's statements:\n{ran.stdout}{ran.stderr[:2000]}")
        return Sample(int(values["count"]), values["rate"], values["latency"])
