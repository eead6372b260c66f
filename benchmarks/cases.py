"""The cases: what is compared with what. Each letter is one that ``--only`` takes."""

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import psutil

from benchmarks.databases import Filled, count_messages, empty, filled, settle
from benchmarks.failures import Failed
from benchmarks.filling import FIRST, addresses, users
from benchmarks.findings import Case, Finding, rates
from benchmarks.pgbench import Pgbench
from benchmarks.rounds import Contestant, Rounds, Samples, Spread, in_turns, ratio, slowest_to_fastest
from benchmarks.servers import Server, bare, parlour
from benchmarks.statements import BODY, PAGE, append_message, insert_message, list_of_user
from benchmarks.wrk import Load, Request

SIZES = (1_000, 30_000, 1_000_000)
"""Conversations in the databases of the lists."""
MIDDLE = 30_000
"""The size at which lists are compared with pgbench."""
ROOMS = 1_000
"""Conversations in the database that is posted to."""
CONNECTIONS = 32
_DIFFERENT = 20_000
"""Different requests, as far as there are so many, that a load sends in turns."""


class Bench:
    """What the cases stand on: a PostgreSQL, its programs, how long to measure, and whom to tell of progress."""

    sockets, rate = 5_000, 1_000.0
    """How many sockets the cases of sockets open, and how many messages are posted a second."""

    def __init__(self, server: str, binaries: Path, rounds: Rounds, say: Callable[[str], None]) -> None:
        self.server, self.binaries, self.rounds, self.say = server, binaries, rounds, say

    def filled(self, conversations: int) -> Filled:
        """The database of that size; made when it is missing."""
        self.say(f"    database with {conversations:,} conversations (kept; the first time a million takes minutes)")
        return asyncio.run(filled(self.server, conversations))

    def in_turns(self, contestants: Mapping[str, Contestant]) -> Samples:
        return in_turns(contestants, self.rounds, self.say)


def lists(bench: Bench) -> Iterator[Case]:
    """(a) and (b): a page of 50 UserConversations beside pgbench, and beside an application that does nothing."""
    database = bench.filled(MIDDLE)
    asked = user_lists(database.conversations)
    with ExitStack() as stack:
        one = stack.enter_context(parlour(database.url))
        two = stack.enter_context(parlour(database.url, workers=2))
        check_page(one, asked[0])
        nothing = stack.enter_context(bare(one.get(asked[0].path)))
        samples = bench.in_turns(
            {
                "parlour, 1 worker": Load(one.url, asked, CONNECTIONS).run,
                "pgbench": Pgbench(bench.binaries, database, asyncio.run(list_of_user(database))).run,
                "parlour, 2 workers": Load(two.url, asked, CONNECTIONS).run,
                "bare application": Load(nothing.url, asked, CONNECTIONS).run,
            }
        )
    found = rates(samples)
    yield Case(
        letter="a",
        title="50 UserConversations, 32 connections, beside the same SQL from pgbench",
        findings=[
            Finding(what="1 worker / pgbench", value=ratio(samples, "parlour, 1 worker", "pgbench"), least=0.5),
            Finding(what="2 workers / pgbench", value=ratio(samples, "parlour, 2 workers", "pgbench")),
        ],
        rates=found,
    )
    yield Case(
        letter="b",
        title="the same, beside a bare ASGI application that returns the same bytes",
        findings=[
            Finding(what="1 worker / bare", value=ratio(samples, "parlour, 1 worker", "bare application")),
        ],
        rates=found,
    )


def posting(bench: Bench) -> Iterator[Case]:
    """(c): posting messages, beside pgbench and beside parlour without group commit."""
    bench.say(f"    a new database with {ROOMS:,} conversations")
    database = asyncio.run(filled(bench.server, ROOMS, fresh=True, name="posting"))
    many, hot = posts(range(ROOMS)), posts([1])
    with ExitStack() as stack:
        one = stack.enter_context(parlour(database.url))
        two = stack.enter_context(parlour(database.url, workers=2))
        # As many connections as requests at once, so that without group commit nobody waits for a connection.
        alone = stack.enter_context(parlour(database.url, message_batch=1, database_connections=CONNECTIONS))
        check_post(one, many[0])
        asyncio.run(settle(database.url))
        before = asyncio.run(count_messages(database.url))
        every = append_message(database, (0, ROOMS - 1))
        spread = bench.in_turns(
            {
                "parlour, 1 worker": Load(one.url, many, CONNECTIONS).run,
                "pgbench": Pgbench(bench.binaries, database, every).run,
                "parlour, 2 workers": Load(two.url, many, CONNECTIONS).run,
                "pgbench, shortest": Pgbench(bench.binaries, database, insert_message(database, (0, ROOMS - 1))).run,
                "without group commit": Load(alone.url, many, CONNECTIONS).run,
            }
        )
        one_hot = bench.in_turns(
            {
                "parlour, hot": Load(one.url, hot, CONNECTIONS).run,
                "without group commit, hot": Load(alone.url, hot, CONNECTIONS).run,
                "pgbench, hot": Pgbench(bench.binaries, database, append_message(database, (1, 1))).run,
                "parlour, hot, 2 workers": Load(two.url, hot, CONNECTIONS).run,
            }
        )
        check_written(database, before, {**spread, **one_hot})
    yield Case(
        letter="c",
        title="post a message, 32 connections",
        findings=[
            Finding(what="1000 conversations: 1 worker / pgbench, the same statement",
                    value=ratio(spread, "parlour, 1 worker", "pgbench"), least=1.2),
            Finding(what="1000 conversations: 2 workers / pgbench, the same statement",
                    value=ratio(spread, "parlour, 2 workers", "pgbench")),
            Finding(what="1000 conversations: 1 worker / pgbench, the shortest statement",
                    value=ratio(spread, "parlour, 1 worker", "pgbench, shortest")),
            Finding(what="1000 conversations: 1 worker / the same without group commit",
                    value=ratio(spread, "parlour, 1 worker", "without group commit")),
            Finding(what="one hot conversation: 1 worker / the same without group commit",
                    value=ratio(one_hot, "parlour, hot", "without group commit, hot"), least=3),
            Finding(what="one hot conversation: 1 worker / pgbench",
                    value=ratio(one_hot, "parlour, hot", "pgbench, hot")),
            Finding(what="one hot conversation: 2 workers / pgbench",
                    value=ratio(one_hot, "parlour, hot, 2 workers", "pgbench, hot")),
        ],
        rates=rates({**spread, **one_hot}),
    )  # fmt: skip


def growth(bench: Bench) -> Iterator[Case]:
    """(d) and (e): how the two lists slow down while the database grows.

    Held against the target are people who come back: one connection, and at every size as many users, drawn from all,
    as the smallest database has, so that nothing differs but the size. Beside it, users of whom hardly any was asked
    for before, so that little of theirs is in a cache, alone and at 32 connections.
    """
    databases = [bench.filled(size) for size in SIZES]
    for letter, title, ask, regulars in (
        ("d", "UserConversations among 1,000, 30,000 and 1,000,000 conversations", user_lists, users(SIZES[0])),
        ("e", "ParticipantConversations by Address, the same way", address_lists, addresses(SIZES[0])),
    ):
        with ExitStack() as stack:
            ways: dict[str, dict[str, Contestant]] = {f"{CONNECTIONS} connections": {}, "1 connection": {}}
            ways[f"1 connection, {regulars} regulars"] = {}
            for database in databases:
                server = stack.enter_context(parlour(database.url))
                asked = ask(database.conversations)
                check_page(server, asked[0])
                for way, loads in ways.items():
                    drawn = list(dict.fromkeys(asked))[:regulars] if "regulars" in way else asked
                    connections = CONNECTIONS if way.startswith(str(CONNECTIONS)) else 1
                    name = f"{database.conversations:,} conversations, {way}"
                    loads[name] = Load(server.url, drawn, connections).run
            samples = bench.in_turns({name: run for loads in ways.values() for name, run in loads.items()})
        yield Case(
            letter=letter,
            title=title,
            findings=[
                Finding(
                    what=f"p50, slowest size / fastest: {way}",
                    value=slowest_to_fastest(samples, loads),
                    most=1.25 if "regulars" in way else None,
                )
                for way, loads in ways.items()
            ],
            rates=rates(samples),
        )


def memory(bench: Bench) -> Iterator[Case]:
    """(f): the resident memory of a serving process, after it started and answered one request."""
    database = bench.filled(SIZES[0])
    measured: dict[str, list[float]] = {"its first start, which migrates": [], "a later start": []}
    for _ in range(bench.rounds.number):
        for name, url in (
            ("its first start, which migrates", asyncio.run(empty(bench.server, "memory"))),
            ("a later start", database.url),
        ):
            with parlour(url) as server:
                server.get("/v1/Conversations")
                measured[name].append(psutil.Process(server.pid).memory_info().rss / 1e6)
    yield Case(
        letter="f",
        title="resident memory of one idle serving process",
        findings=[
            Finding(what=name, value=Spread.of(values), most=120, unit=" MB") for name, values in measured.items()
        ],
    )


CASES: Mapping[str, Callable[[Bench], Iterator[Case]]] = {
    "a": lists,
    "b": lists,
    "c": posting,
    "d": growth,
    "e": growth,
    "f": memory,
}


def user_lists(conversations: int) -> list[Request]:
    """The first page for users drawn at random from all, in a database of so many conversations."""
    return [Request(f"/v1/Users/{FIRST + number}/Conversations") for number in _drawn(users(conversations))]


def address_lists(conversations: int) -> list[Request]:
    """The first page for addresses drawn at random from all."""
    return [
        Request(f"/v1/ParticipantConversations?Address={FIRST + number}") for number in _drawn(addresses(conversations))
    ]


def posts(rooms: range | list[int]) -> list[Request]:
    """A message for every room, in a random order."""
    form = urlencode({"Author": FIRST, "Body": BODY})
    every = [Request(f"/v1/Conversations/CH{FIRST + number:032}/Messages", form) for number in rooms]
    random.Random(0).shuffle(every)
    return every


def check_page(server: Server, request: Request) -> None:
    """Raises Failed unless the answer is a full page, with another behind it."""
    page = server.get(request.path).json
    rows = page["conversations"]
    if len(rows) != PAGE or len({row["conversation_sid"] for row in rows}) != PAGE or not page["meta"]["next_page_url"]:
        raise Failed(f"{request.path} gives {len(rows)} rows instead of {PAGE} with more behind them.")


def check_post(server: Server, request: Request) -> None:
    """Raises Failed unless the message is there afterwards."""
    made = server.post(request.path, request.form).json
    if server.get(f"{request.path}/{made['sid']}").json["body"] != BODY:
        raise Failed(f"The message {made['sid']} is not what was posted.")


def check_written(database: Filled, before: int, samples: Samples) -> None:
    """Raises Failed unless every post that was answered is in the database."""
    answered = sum(sample.count for found in samples.values() for sample in found)
    written = asyncio.run(count_messages(database.url)) - before
    if written < answered:
        raise Failed(f"{answered} messages were confirmed, and only {written} are in the database.")


def _drawn(known: int) -> list[int]:
    draw = random.Random(0)
    return [draw.randrange(known) for _ in range(_DIFFERENT)]
