"""Against: how this state of parlour, or any other, does beside an earlier one, by the hottest calls.

``python -m benchmarks --against REVISION`` measures it.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import msgspec
import psutil

from benchmarks.cases import CONNECTIONS, MIDDLE, ROOMS, Bench, check_page, check_post, posts, user_lists
from benchmarks.checkouts import Checkout
from benchmarks.failures import Failed
from benchmarks.filling import FIRST
from benchmarks.findings import Case, Finding, rates
from benchmarks.rounds import Contestant, Samples, Spread, ratio
from benchmarks.servers import Server, parlour
from benchmarks.statements import PAGE
from benchmarks.wrk import Load, Request, Sample

TALKATIVE = 20
"""Conversations whose messages are listed."""


class Metered:
    """A load with the processor time that the server takes for it."""

    def __init__(self, server: Server, requests: list[Request], connections: int) -> None:
        self._process, self._load = psutil.Process(server.pid), Load(server.url, requests, connections)

    def run(self, seconds: float) -> Sample:
        before = self._used()
        sample = self._load.run(seconds)
        return msgspec.structs.replace(sample, cpu=(self._used() - before) / sample.count * 1e6)

    def _used(self) -> float:
        times = self._process.cpu_times()
        return times.user + times.system


class Compared(msgspec.Struct, frozen=True):
    """A call that is measured: what it asks for, through how many connections, and how much faster it has to be."""

    title: str
    connections: int
    requests: Callable[[Server], list[Request]]
    least: float


def against(bench: Bench, new: Checkout, old: Checkout) -> Iterator[Case]:
    """How *new* does beside *old*: each call in turns, within one run."""
    with ExitStack() as stack:
        serving = [_serve(bench, stack, checkout, number) for number, checkout in enumerate((new, old))]
        lists = {checkout.name: each[0] for checkout, each in zip((new, old), serving, strict=True)}
        rooms = {checkout.name: each[1] for checkout, each in zip((new, old), serving, strict=True)}
        wanted = user_lists(MIDDLE)
        for server in lists.values():
            check_page(server, wanted[0])
        for server in rooms.values():
            check_post(server, posts([0])[0])
            talk(server)
        for servers, compared in (
            (lists, Compared("a list of 50 UserConversations", CONNECTIONS, lambda server: wanted, 1.25)),
            (rooms, Compared("a message sent", CONNECTIONS, lambda server: posts(range(ROOMS)), 1.5)),
            (rooms, Compared("a message sent", 1, lambda server: posts(range(ROOMS)), 1.3)),
            (rooms, Compared("a page of 50 messages", CONNECTIONS, lambda server: pages(), 1.5)),
        ):
            yield _compare(bench, servers, compared, new.name, old.name)


def _serve(bench: Bench, stack: ExitStack, checkout: Checkout, number: int) -> tuple[Server, Server]:
    """Two of its servers, until *stack* ends: one on the database of the lists, one on that of the messages."""
    bench.say(f"    databases of {checkout.name}")
    listed = checkout.filled(bench.server, MIDDLE, name=f"lists{number}")
    posted = checkout.filled(bench.server, ROOMS, name=f"against{number}", fresh=True)
    return (
        stack.enter_context(parlour(listed.url, checkout=checkout.environment)),
        stack.enter_context(parlour(posted.url, checkout=checkout.environment)),
    )


def _compare(bench: Bench, servers: dict[str, Server], compared: Compared, new: str, old: str) -> Case:
    loads: dict[str, Contestant] = {
        name: Metered(server, compared.requests(server), compared.connections).run for name, server in servers.items()
    }
    samples = bench.in_turns(loads)
    return Case(
        letter="against",
        title=f"{compared.title}, {compared.connections} connection{'s' if compared.connections > 1 else ''}",
        findings=[
            Finding(what=f"per second: {new} / {old}", value=ratio(samples, new, old), least=compared.least),
            Finding(what=f"the server's processor time: {old} / {new}", value=_saved(samples, old, new)),
            *(Finding(what=f"its microseconds a call: {name}", value=_cpu(samples, name)) for name in (new, old)),
        ],
        rates=rates(samples),
    )


def talk(server: Server) -> None:
    """Says more than one page in each of the TALKATIVE conversations, and looks whether it can be read."""
    for _ in range(PAGE + 1):
        for request in posts(range(1, TALKATIVE + 1)):
            server.post(request.path, request.form)
    found = server.get(pages()[0].path).json
    if len(found["messages"]) != PAGE or not found["meta"]["next_page_url"]:
        raise Failed(f"{pages()[0].path} gives {len(found['messages'])} messages instead of {PAGE}.")


def pages() -> list[Request]:
    """The first page of the messages of each of those conversations."""
    return [
        Request(f"/v1/Conversations/CH{FIRST + number:032}/Messages?PageSize={PAGE}")
        for number in range(1, TALKATIVE + 1)
    ]


def _saved(samples: Samples, above: str, below: str) -> Spread:
    return Spread.of([a.cpu / b.cpu for a, b in zip(samples[above], samples[below], strict=True)])


def _cpu(samples: Samples, name: str) -> Spread:
    return Spread.of([sample.cpu for sample in samples[name]])
