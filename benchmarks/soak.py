"""The soak: many clients for a long time, on two processes of which one is killed again and again.

``python -m benchmarks.soak --minutes 20 --clients 500`` ends with 0 if nothing was missing, doubled or out of order.
"""

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import msgspec
import psutil

from benchmarks.crowds import Crowd, crowded
from benchmarks.failures import Failed
from benchmarks.servers import parlour
from benchmarks.soaking import Plan, Tally
from parlour.storage.embedded import EmbeddedPostgres

DATA = Path(__file__).parents[1] / ".parlour" / "bench"
MEMBERS = 10
CONVERSATIONS_EACH = 2
LOOK_SECONDS = 1.0
"""Between two looks at the memory."""
DOWN_SECONDS = (0.5, 4.0)
"""How long the process that was killed is not there."""
FLAT = 1.10
"""At most so many times what it was in the beginning may the memory of the other process be at the end."""
WARM = 0.25
"""Of the whole time: what passes before the beginning is measured."""
WIDTH = 80


class Killed:
    """A parlour that serves on one port, and is killed and started again."""

    def __init__(self, crowd: Crowd, port: int) -> None:
        self._crowd, self._port = crowd, port
        self._stack = ExitStack()
        self.kills = 0
        self.start()

    def start(self) -> None:
        """It serves again."""
        self.server = self._stack.enter_context(parlour(self._crowd.database.url, port=self._port))

    def kill(self) -> None:
        """It is not there from one moment to the next."""
        os.kill(self.server.pid, signal.SIGKILL)
        self._stack.close()
        self.kills += 1

    def stop(self) -> None:
        """It ends as it should."""
        self._stack.close()


class Soaked(msgspec.Struct, frozen=True):
    """What a soak found."""

    tally: Tally
    minutes: float
    clients: int
    kills: int
    memory: Sequence[float]
    """Of the process that was not killed, in MB, from look to look."""

    @property
    def growth(self) -> float:
        """The memory at the end to that of the beginning, once it is warm."""
        warm = self.memory[int(len(self.memory) * WARM) :]
        some = max(1, len(warm) // 5)
        return median(warm[-some:]) / median(warm[:some])

    @property
    def is_clean(self) -> bool:
        """Whether everything is as it should be."""
        return self.tally.is_clean and self.growth <= FLAT

    def lines(self) -> Iterator[str]:
        """For people."""
        found, seconds = self.tally, self.minutes * 60
        yield f"{self.minutes:g} minutes, {self.clients:,} clients on 2 processes, one killed {self.kills} times"
        sent, told = found.sent / seconds, found.told / seconds
        yield _line("messages sent", found.sent, f"{sent:,.0f} a second; {found.unanswered:,} unanswered")
        yield _line("told to clients", found.told, f"{told:,.0f} a second; {found.replayed:,} on coming back")
        yield _line("log-ins", found.log_ins, f"{found.refused_log_ins:,} refused for a moment")
        yield _line("pages read", found.reads)
        yield _line("shown by REST", found.stored)
        for name in ("lost", "missing", "doubled", "out_of_order", "wrong", "refused"):
            number = getattr(found, name)
            yield _line(name.replace("_", " "), number, "NOT 0" if number else "")
        verdict = "flat" if self.growth <= FLAT else "NOT FLAT"
        least, most = min(self.memory), max(self.memory)
        yield _line("memory, MB", self.memory[-1], f"{least:,.0f} to {most:,.0f}, x {self.growth:.2f}: {verdict}")
        if found.problem:
            yield f"  first problem: {found.problem}"[:WIDTH]


def _line(name: str, number: float, more: str = "") -> str:
    return f"  {name:<16} {number:>11,.0f}   {more}".rstrip()[:WIDTH]


def soak(crowd: Crowd, minutes: float, rate: float, every: float) -> Soaked:
    """Runs the clients for so long; *every*: seconds between two kills."""
    memory: list[float] = []
    with ExitStack() as stack:
        stays = stack.enter_context(parlour(crowd.database.url, port=_free_port()))
        dies = Killed(crowd, _free_port())
        stack.callback(dies.stop)
        urls = [stays.url, dies.server.url]
        clients = stack.enter_context(_clients(Plan(urls, [crowd.token(user) for user in range(crowd.users)], rate)))
        until = time.monotonic() + minutes * 60
        next_kill = time.monotonic() + every
        while time.monotonic() < until and clients.poll() is None:
            time.sleep(LOOK_SECONDS)
            memory.append(psutil.Process(stays.pid).memory_info().rss / 1e6)
            if next_kill <= time.monotonic() < until - every / 4:
                dies.kill()
                time.sleep(random.uniform(*DOWN_SECONDS))
                dies.start()
                next_kill = time.monotonic() + every
                _say(f"    killed {dies.kills}: {memory[-1]:,.0f} MB in the other process")
        tally = _end(clients)
    return Soaked(tally, minutes, crowd.users, dies.kills, memory)


@contextmanager
def _clients(plan: Plan) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "benchmarks.soaking"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(plan) + b"\n")
    process.stdin.flush()
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _end(clients: "subprocess.Popen[bytes]") -> Tally:
    """Ends it: what the clients counted."""
    said, _ = clients.communicate(b"\n")
    if not said:
        raise Failed("The process of the clients has ended by itself.")
    return msgspec.json.decode(said, type=Tally)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _say(line: str) -> None:
    print(line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--rate", type=float, default=40, help="messages a second, of all together (default 40)")
    parser.add_argument("--every", type=float, default=60, help="seconds between two kills (default 60)")
    parser.add_argument("--data", type=Path, default=DATA, help="where PostgreSQL and its databases are kept")
    wanted = parser.parse_args()
    clients = max(MEMBERS, wanted.clients)
    with EmbeddedPostgres(wanted.data, say=_say) as server:
        crowd = crowded(server, "soak", clients * CONVERSATIONS_EACH // MEMBERS, MEMBERS, clients)
        found = soak(crowd, wanted.minutes, wanted.rate, wanted.every)
    for line in found.lines():
        _say(line)
    raise SystemExit(0 if found.is_clean else 1)


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        raise SystemExit(str(error)) from None
