"""The cases of webhooks: how fast many of them go, how soon one comes, and what they cost those who have none."""

import asyncio
import math
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from http.client import HTTPConnection
from itertools import cycle
from statistics import median
from urllib.parse import parse_qs, urlsplit

from benchmarks.cases import CONNECTIONS, ROOMS, Bench, check_post, posts
from benchmarks.databases import filled
from benchmarks.failures import Failed
from benchmarks.findings import Case, Finding, rates
from benchmarks.poster import FORM, Job, Post
from benchmarks.receivers import Arrival, receiving
from benchmarks.rounds import Spread, p50, ratio, slower
from benchmarks.servers import parlour, silent
from benchmarks.stage import LOUD, Stage, staged
from benchmarks.wrk import Load, Sample

RECEIVERS = 10
SHORT, FEW = 50, 5
LONG, MANY = 50, 15
"""Lanes, and the deliveries in each of them; each is a conversation with a webhook to one of the receivers."""
LANES = SHORT + LONG
QUEUED = SHORT * FEW + LONG * MANY
ANSWERS = {0.0: "which answer at once", 0.02: "which answer after 20 ms"}
SLOW = 5.0
"""Seconds that the slow receiver takes to answer: as long as parlour waits."""
QUIET_ROOMS = 20
"""Conversations in which messages are posted one at a time."""
PAUSE = 0.02
"""Seconds before each of them, so that the machine is idle."""


def throughput(bench: Bench) -> Iterator[Case]:
    """(h): webhooks that wait are sent to ten receivers, beside the same posts without a queue.

    Receivers on the same machine that answer at once leave nothing to wait for, so that only what a processor does
    counts; the others take as long as one across a network that does a little.
    """
    with staged(bench, RECEIVERS) as stage:
        queue = Queue(stage)
        for seconds, how in ANSWERS.items():
            stage.receivers.seconds = seconds
            samples = bench.in_turns({"parlour": queue.drain, "plain posts": queue.post})
            yield Case(
                letter="h",
                title=f"{QUEUED:,} webhooks in {LANES} lanes, of {FEW} and of {MANY}, to {RECEIVERS} receivers, {how}",
                findings=[
                    Finding(
                        what="parlour / the same posts alone", value=ratio(samples, "parlour", "plain posts"), least=0.5
                    )
                ],
                rates=rates(samples),
            )


class Queue:
    """Deliveries that wait until they are let go."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        rooms = [room for room in range(SHORT) for _ in range(FEW)]
        rooms += [room for room in range(SHORT, LANES) for _ in range(MANY)]
        random.Random(0).shuffle(rooms)
        self._messages = [stage.message(room) for room in rooms]
        self._told: dict[str, list[Post]] = {}
        for room in range(LANES):
            stage.tell(stage.receivers.urls[room % RECEIVERS], room)
        stage.say([stage.message(room) for room in range(LANES)])  # from now on there are lanes that can be shut
        stage.receivers.take(LANES)

    def drain(self, seconds: float) -> Sample:
        """Fills the queue and lets it go, again and again."""
        return _again(self._drain, seconds)

    def post(self, seconds: float) -> Sample:
        """Posts what was in the queue before, from a process that knows neither queue nor database."""
        return _again(self._post, seconds)

    def _drain(self) -> list[Arrival]:
        self._stage.shut()
        self._stage.say(self._messages)
        self._stage.open(QUEUED)
        arrivals = self._stage.receivers.take(QUEUED)
        self._told = defaultdict(list)
        for each in arrivals:
            conversation = parse_qs(each.body)["ConversationSid"][0]
            self._told[conversation].append(Post(self._stage.receivers.urls[each.receiver], each.body))
        return arrivals

    def _post(self) -> list[Arrival]:
        self._stage.poster.do(Job(list(self._told.values())))
        return self._stage.receivers.take(QUEUED)


def _again(once: Callable[[], list[Arrival]], seconds: float) -> Sample:
    """How many came in per second, from the first to the last, and after how long the first half of them had."""
    until = time.monotonic() + seconds
    runs = [once()]
    while time.monotonic() < until:
        runs.append(once())
    lasted = sum(run[-1].at - run[0].at for run in runs)
    waited = median(each.at - run[0].at for run in runs for each in run)
    return Sample(QUEUED * len(runs), QUEUED * len(runs) / lasted, waited * 1000)


def slow_receiver(bench: Bench) -> Iterator[Case]:
    """(i): how soon webhooks come while a receiver is slow with one conversation."""
    with staged(bench, 1) as stage, receiving(1) as slow:
        one = OneByOne(stage, range(QUIET_ROOMS))
        stage.tell(slow.urls[0], QUIET_ROOMS)
        slow.seconds = SLOW

        def beside(seconds: float) -> Sample:
            number = math.ceil(seconds / SLOW)
            stage.say([stage.message(QUIET_ROOMS)] * number)
            slow.take(1)
            sample = one.webhook(seconds)
            slow.take(number - 1)
            slow.wait_until_answered()
            return sample

        samples = bench.in_turns({"alone": one.webhook, "beside a slow receiver": beside})
    yield Case(
        letter="i",
        title=f"one message at a time, while a receiver takes {SLOW:g} s to answer in another conversation",
        findings=[
            Finding(
                what="p50, beside a slow receiver / alone",
                value=slower(samples, "beside a slow receiver", "alone"),
                most=1.25,
            )
        ],
        rates=rates(samples),
    )


def without_webhooks(bench: Bench) -> Iterator[Case]:
    """(j): posting where nobody has a webhook, with the loops that look for some and without."""
    bench.say(f"    a new database with {ROOMS:,} conversations")
    database = asyncio.run(filled(bench.server, ROOMS, fresh=True, name="posting"))
    messages = posts(range(ROOMS))
    with ExitStack() as stack:
        running = stack.enter_context(parlour(database.url))
        still = stack.enter_context(silent(database.url))
        check_post(running, messages[0])
        samples = bench.in_turns(
            {
                "parlour": Load(running.url, messages, CONNECTIONS).run,
                "without background loops": Load(still.url, messages, CONNECTIONS).run,
            }
        )
    yield Case(
        letter="j",
        title=f"post a message without webhooks, {CONNECTIONS} connections",
        findings=[
            Finding(
                what="parlour / the same without background loops",
                value=ratio(samples, "parlour", "without background loops"),
                least=0.9,
            )
        ],
        rates=rates(samples),
    )


def latency(bench: Bench) -> Iterator[Case]:
    """(k): how soon after a message is posted to an idle parlour its webhook comes, beside a bare post."""
    with staged(bench, 1) as stage:
        one = OneByOne(stage, range(QUIET_ROOMS))
        samples = bench.in_turns({"webhook": one.webhook, "bare post": one.bare})
    yield Case(
        letter="k",
        title="one message at a time to an idle parlour: the first byte of its webhook",
        findings=[
            Finding(what="p50 from the post, before the commit", value=p50(samples, "webhook"), most=20, unit=" ms"),
            Finding(
                what="p50 from the answer, after the commit",
                value=Spread.of(one.after_answer[-bench.rounds.number :]),
                unit=" ms",
            ),
            Finding(what="p50 from the post / that of a bare post", value=slower(samples, "webhook", "bare post")),
        ],
        rates=rates(samples),
    )


class OneByOne:
    """Messages that are posted when the webhook of the one before is there."""

    def __init__(self, stage: Stage, rooms: Sequence[int]) -> None:
        self._stage = stage
        self._messages = cycle([stage.message(room) for room in rooms])
        self._told = ""
        self.after_answer: list[float] = []
        """Milliseconds from the answer to the webhook: the median of each run."""
        for room in rooms:
            stage.tell(stage.receivers.urls[0], room)

    def webhook(self, seconds: float) -> Sample:
        """From the post of a message to the first byte of its webhook."""
        connection = HTTPConnection(urlsplit(self._stage.server.url).netloc)
        from_post, from_answer = [], []
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            time.sleep(PAUSE)
            posted, answered = self._say(connection)
            [arrival] = self._stage.receivers.take(1)
            from_post.append(arrival.at - posted)
            from_answer.append(arrival.at - answered)
            self._told = arrival.body
        connection.close()
        self.after_answer.append(median(from_answer) * 1000)
        return _one_by_one(from_post)

    def bare(self, seconds: float) -> Sample:
        """From the beginning of a post by the same HTTP client to its first byte."""
        posts = [Post(self._stage.receivers.urls[0], self._told)] * max(1, round(seconds / PAUSE))
        report = self._stage.poster.do(Job([posts], pause=PAUSE))
        arrivals = self._stage.receivers.take(len(posts))
        return _one_by_one([arrival.at - began for arrival, began in zip(arrivals, report.began, strict=True)])

    def _say(self, connection: HTTPConnection) -> tuple[float, float]:
        """Posts the next message; when that began and when it was answered."""
        message = next(self._messages)
        posted = time.perf_counter()
        connection.request("POST", urlsplit(message.url).path, message.body, {**FORM, **LOUD})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 201:
            raise Failed(f"A message was answered {answer.status}: {body.decode(errors='replace')}")
        return posted, time.perf_counter()


def _one_by_one(seconds: Sequence[float]) -> Sample:
    return Sample(len(seconds), len(seconds) / sum(seconds), median(seconds) * 1000)


CASES: Mapping[str, Callable[[Bench], Iterator[Case]]] = {
    "h": throughput,
    "i": slow_receiver,
    "j": without_webhooks,
    "k": latency,
}
