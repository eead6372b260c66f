"""The cases of sockets: what one costs that is idle, how a client starts, and how soon all of them know a message."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from urllib.parse import urlencode

import psutil

from benchmarks.against import Metered
from benchmarks.cases import CONNECTIONS, Bench, posts
from benchmarks.counted import counted
from benchmarks.crowds import Crowd, crowded
from benchmarks.failures import Failed
from benchmarks.fanout import Fanout, fanning_out
from benchmarks.filling import FIRST
from benchmarks.findings import Case, Finding, rates
from benchmarks.listeners import Listeners, listening
from benchmarks.pacer import Pacer, pacing
from benchmarks.poster import Post
from benchmarks.rounds import Spread
from benchmarks.servers import Server, parlour
from benchmarks.socketio import peer
from benchmarks.statements import BODY
from benchmarks.twilsock import payload_of

EACH = 20
"""Conversations of a user whose socket is idle."""
MEMBERS = 10
SETTLE = 15.0
"""Seconds after the last log-in, until a socket is idle: the server keeps what a client reads at first for a moment."""
QUIET = 3.0
"""Seconds in which nobody does anything, to count what background loops do."""
MANY = 1_000
"""Conversations of the user whose log-in is measured."""
TALKATIVE = 200
"""Conversations in which messages are posted at a given rate."""
LOUD = 20
"""Messages that are fanned out to everybody, one at a time."""
PAUSE = 0.1
"""Seconds before each of them."""
OTHERS = 100
"""Sockets that are open while others post where none of them listens."""


def idle(bench: Bench) -> Iterator[Case]:
    """(l): the resident memory of a serving process for each socket that is idle."""
    number = max(MEMBERS, bench.sockets)
    bench.say(f"    a new database with {number:,} users in {EACH} conversations each")
    crowd = crowded(bench.server, "idle", number * EACH // MEMBERS, MEMBERS, number)
    with _serving(crowd, number) as server, listening() as listeners:
        process = psutil.Process(server.pid)
        tokens = [crowd.token(user) for user in range(number)]
        listeners.come(server.url, tokens[: max(1, number // 50)])  # what is made once is there
        listeners.leave()
        before, used = process.memory_info().rss, _used(process)
        began = time.perf_counter()
        starts = listeners.come(server.url, tokens)
        lasted, took = time.perf_counter() - began, _used(process) - used
        time.sleep(SETTLE)
        after = process.memory_info().rss
        listeners.leave()
    yield Case(
        letter="l",
        title=f"{number:,} idle sockets on one process, each with {EACH} conversations",
        findings=[
            Finding(what="resident memory a socket", value=_one((after - before) / number / 1000), most=20, unit=" kB"),
            Finding(what="resident memory of the process", value=_one(after / 1e6), unit=" MB"),
            Finding(what="the server's processor time a log-in", value=_one(took / number * 1000), unit=" ms"),
            Finding(what="log-ins a second", value=_one(len(starts.complete) / lasted)),
        ],
    )


def log_in(bench: Bench) -> Iterator[Case]:
    """(m): the log-in of a user with many conversations, by all that the client SDK asks for."""
    crowd = crowded(bench.server, "many", MANY, 2, 2)
    statements, cpu, initialized, complete = [], [], [], []
    with counted(crowd.database) as (server, sent), listening() as listeners:
        process, before = psutil.Process(server.pid), sent()
        time.sleep(QUIET)
        by_themselves = (sent() - before) / QUIET
        for user in range(bench.rounds.number + 1):
            before, used = sent(), _used(process)
            began = time.perf_counter()
            report = listeners.come(server.url, [crowd.token(user)])
            statements.append(sent() - before - by_themselves * (time.perf_counter() - began))
            cpu.append(_used(process) - used)
            initialized += report.initialized
            complete += report.complete
            listeners.leave()
    seconds = [("the server's processor time", cpu, 0.5), ("initialized", initialized, 0.1)]
    yield Case(
        letter="m",
        title=f"log-in of a user with {MANY:,} conversations, as the client SDK does it",
        findings=[
            Finding(what="SQL statements, without those of background loops", value=_warm(statements), most=25),
            *(Finding(what=what, value=_warm(found), most=most, unit=" s") for what, found, most in seconds),
            Finding(what="everything subscribed, with a client that costs little", value=_warm(complete), unit=" s"),
        ],
    )


def live(bench: Bench) -> Iterator[Case]:
    """(n): from the answer to a post, which comes after the commit, until the last of ten sockets has the message."""
    crowd = crowded(bench.server, "live", TALKATIVE, MEMBERS, TALKATIVE)
    number = max(1, round(bench.rate * bench.rounds.seconds))
    found = _Delays()
    with _serving(crowd, TALKATIVE) as server, listening() as listeners, pacing() as pacer:
        process = psutil.Process(server.pid)
        listeners.come(server.url, [crowd.token(user) for user in range(crowd.users)])
        for run in range(bench.rounds.number + 1):
            bench.say(f"    {'round ' + str(run) if run else 'warming up'}: {number:,} messages")
            texts = [f"{run} {place} {BODY}" for place in range(number)]
            used = _used(process)
            times = pacer.post([_post(server, crowd, place, text) for place, text in enumerate(texts)], bench.rate)
            last = listeners.expect(texts, MEMBERS).last
            if run:
                found.add(times.due, times.answered, last, (_used(process) - used) / number / MEMBERS)
        listeners.leave()
    yield Case(
        letter="n",
        title=f"{bench.rate:g} messages a second in {TALKATIVE} conversations, each to {MEMBERS} sockets",
        findings=[
            Finding(what="p99, from the answer until the last has it", value=found.after(99), most=50, unit=" ms"),
            Finding(what="p50 of the same", value=found.after(50), unit=" ms"),
            Finding(what="p99, from when the post was due", value=found.in_all(99), unit=" ms"),
            Finding(what="p50 of the same", value=found.in_all(50), unit=" ms"),
            Finding(
                what="the server's processor time for each that has it, posting included", value=found.cpu, unit=" us"
            ),
        ],
    )


def fan_out(bench: Bench) -> Iterator[Case]:
    """(o): one message to everybody, beside a process that only writes the same bytes to as many sockets."""
    number = bench.sockets
    crowd = crowded(bench.server, "loud", 1, number, number)
    with ExitStack() as stack:
        server = stack.enter_context(_serving(crowd, number))
        bare = stack.enter_context(fanning_out())
        listeners, pacer = stack.enter_context(listening()), stack.enter_context(pacing())
        bench.say(f"    {number:,} sockets to each of the two")
        listeners.come(server.url, [crowd.token(user) for user in range(number)])
        listeners.come_bare(bare.url, number)
        ours, theirs = _in_turns(crowd, server, bare, listeners, pacer)
        listeners.leave()
    yield Case(
        letter="o",
        title=f"one message to {number:,} sockets",
        findings=[
            Finding(what="p50, from the answer until the last has it", value=ours.after(50), most=150, unit=" ms"),
            Finding(what="the same of the bare fan-out", value=theirs.after(50), unit=" ms"),
            Finding(what="p50, parlour / bare", value=_by_one(ours.medians, theirs.medians)),
            Finding(what="processor time for each socket", value=ours.cpu, unit=" us"),
            Finding(what="the same of the bare fan-out", value=theirs.cpu, unit=" us"),
            Finding(what="processor time, parlour / bare", value=_by_one(ours.costs, theirs.costs)),
        ],
    )


def _in_turns(
    crowd: Crowd, server: Server, bare: Fanout, listeners: Listeners, pacer: Pacer
) -> "tuple[_Delays, _Delays]":
    """LOUD messages by each, in turns. Processor time is counted over all of them, since the clock of it is coarse."""
    ours, theirs = _Delays(), _Delays()
    processes = psutil.Process(server.pid), psutil.Process(bare.pid)
    costs = [0.0, 0.0]
    for turn in range(LOUD + 1):
        text = f"{turn} {BODY}"
        used = [_used(each) for each in processes]
        time.sleep(PAUSE)
        times = pacer.post([_post(server, crowd, 0, text)], 1)
        told = listeners.expect([text], crowd.members)
        sent = bare.send(told.packets)
        came = listeners.expect([text], crowd.members)
        time.sleep(PAUSE)
        if turn:
            costs = [cost + _used(each) - by for cost, each, by in zip(costs, processes, used, strict=True)]
            ours.add(times.due, times.answered, told.last, 0)
            theirs.add([sent.began], [sent.began], came.last, 0)
    for each, cost in zip((ours, theirs), costs, strict=True):
        each.costs = [cost / LOUD / crowd.members]
    return ours, theirs


def peers(bench: Bench) -> Iterator[Case]:
    """(q): one message to everybody, beside a chat server on Socket.IO, which neither asks who comes nor keeps any."""
    number = bench.sockets
    crowd = crowded(bench.server, "loud", 1, number, number)
    found: dict[str, tuple[float, float]] = {}
    with ExitStack() as stack:
        try:
            socketio = stack.enter_context(peer())
        except Failed as reason:
            bench.say(f"    left out: {reason}")
            return
        server = stack.enter_context(_serving(crowd, number))
        listeners, pacer = stack.enter_context(listening()), stack.enter_context(pacing())
        tokens = [crowd.token(user) for user in range(number)]
        payloads: dict[str, list[bytes]] = {}

        def post(text: str) -> None:
            pacer.post([_post(server, crowd, 0, text)], 1)
            payloads[text] = [payload_of(each) for each in listeners.expect([text], number).packets]

        def emit(text: str) -> None:
            socketio.send(payloads[text])
            listeners.expect([text], number)

        def come(some: int) -> None:
            listeners.come(server.url, tokens[:some])

        def come_to_socketio(some: int) -> None:
            listeners.come_bare(socketio.url, some, is_socketio=True)

        for name, pid, come_in, say in (
            ("parlour", server.pid, come, post),
            ("Socket.IO", socketio.pid, come_to_socketio, emit),
        ):
            come_in(max(1, number // 50))  # what is made once is there
            listeners.leave()
            found[name] = _cost(pid, number, come_in, say)
            listeners.leave()
    (memory, cpu), (its_memory, its_cpu) = found.values()
    yield Case(
        letter="q",
        title=f"one message to {number:,} sockets, beside a server on Socket.IO that sends the same",
        findings=[
            Finding(what="resident memory a socket, parlour / Socket.IO", value=_one(memory / its_memory), most=1),
            Finding(what="processor time for each that has it, parlour / Socket.IO", value=_one(cpu / its_cpu)),
            *(Finding(what=f"resident memory a socket: {name}", value=_one(each[0] / 1000), unit=" kB")
              for name, each in found.items()),
            *(Finding(what=f"processor time for each that has it: {name}", value=_one(each[1] * 1e6), unit=" us")
              for name, each in found.items()),
        ],
    )  # fmt: skip


def _cost(pid: int, number: int, come: Callable[[int], None], say: Callable[[str], None]) -> tuple[float, float]:
    """What a process takes for each socket: bytes to keep it, and seconds of processor time to tell it of a message."""
    process = psutil.Process(pid)
    before = process.memory_info().rss
    come(number)
    time.sleep(SETTLE)
    memory = (process.memory_info().rss - before) / number
    say(f"the first: {BODY}")
    used = _used(process)
    for turn in range(LOUD):
        say(f"{turn} {BODY}")
    return memory, (_used(process) - used) / LOUD / number


def nobody(bench: Bench) -> Iterator[Case]:
    """(p): posting over REST where nobody listens, while sockets of others are open, and while none is."""
    loads = {}
    with ExitStack() as stack:
        listeners = stack.enter_context(listening())
        for name, sockets in (("no socket", 0), (f"{OTHERS} sockets of others", OTHERS)):
            crowd = crowded(bench.server, f"quiet{sockets}", MANY, 2, MANY)
            server = stack.enter_context(_serving(crowd, OTHERS))
            if sockets:
                listeners.come(server.url, [crowd.token(user) for user in range(sockets)])
            loads[name] = Metered(server, posts(range(OTHERS, MANY // 2)), CONNECTIONS)
        samples = bench.in_turns({name: load.run for name, load in loads.items()})
        listeners.leave()
    costs = {name: [sample.cpu for sample in found] for name, found in samples.items()}
    none, others = costs.values()
    yield Case(
        letter="p",
        title=f"post a message that nobody listens to, {CONNECTIONS} connections",
        findings=[
            Finding(what=f"processor time, {' / '.join(reversed(costs))}", value=_by_one(others, none)),
            *(Finding(what=f"its microseconds a post: {name}", value=Spread.of(cost)) for name, cost in costs.items()),
        ],
        rates=rates(samples),
    )


class _Delays:
    """What the runs found."""

    def __init__(self) -> None:
        self._after: list[Sequence[float]] = []
        self._in_all: list[Sequence[float]] = []
        self.costs: list[float] = []
        """Seconds of processor time for each socket that has a message."""

    def add(self, due: Sequence[float], answered: Sequence[float], last: Sequence[float], cost: float) -> None:
        """One more run. A message may be there before the answer is."""
        self._after.append([max(0.0, at - before) for at, before in zip(last, answered, strict=True)])
        self._in_all.append([at - before for at, before in zip(last, due, strict=True)])
        self.costs.append(cost)

    @property
    def medians(self) -> list[float]:
        """Of each run, after the answer."""
        return [percentile(each, 50) for each in self._after]

    @property
    def cpu(self) -> Spread:
        """Microseconds."""
        return Spread.of([each * 1e6 for each in self.costs])

    def after(self, percent: float) -> Spread:
        """That many of a hundred had it so many milliseconds after the answer, or earlier."""
        return Spread.of([percentile(each, percent) * 1000 for each in self._after])

    def in_all(self, percent: float) -> Spread:
        """The same after the post was due."""
        return Spread.of([percentile(each, percent) * 1000 for each in self._in_all])


def percentile(values: Sequence[float], percent: float) -> float:
    """The least of *values* that so many of a hundred do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def _serving(crowd: Crowd, sockets: int) -> AbstractContextManager[Server]:
    return parlour(crowd.database.url, realtime_sockets=2 * sockets + 1_000, realtime_sockets_per_user=1_000)


def _post(server: Server, crowd: Crowd, number: int, text: str) -> Post:
    form = urlencode({"Author": FIRST, "Body": text})
    return Post(f"{server.url}/v1/Conversations/{crowd.conversation(number)}/Messages", form)


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _one(value: float) -> Spread:
    return Spread.of([value])


def _warm(values: Sequence[float]) -> Spread:
    """Without the first, which prepares statements and fills caches."""
    return Spread.of(values[1:])


def _by_one(above: Sequence[float], below: Sequence[float]) -> Spread:
    return Spread.of([a / b for a, b in zip(above, below, strict=True) if b])


CASES: Mapping[str, Callable[[Bench], Iterator[Case]]] = {
    "l": idle,
    "m": log_in,
    "n": live,
    "o": fan_out,
    "p": nobody,
    "q": peers,
}
