"""Metrics: every one that parlour has, and what counts them while it works.

Counting must cost next to nothing, so a number is changed in place, where a dictionary says it
is; ``observe/metrics.py`` shows it to Prometheus. Labels have few values: ids of operations, never paths, SIDs, or
anything else that a caller makes up.
"""

from bisect import bisect_left
from collections.abc import Callable

from parlour.runtime.metric import BRIEF, FAR
from parlour.runtime.metric import Metric as Metric
from parlour.runtime.metric import MetricKind as MetricKind
from parlour.runtime.metric_cells import Name, SharedCounters
from parlour.runtime.socket_metrics import SOCKET_METRICS

SAMPLED = 1.0
"""Seconds after which a worker publishes its gauges for the others, one of which may be asked for all."""

REQUESTS = Metric(
    "parlour_requests_total",
    MetricKind.COUNTER,
    "Requests answered, by operation (the id in the reference; the path of what is none, such as /healthz; empty for"
    " what is not served or was not let in), method, status, and code of the error.",
    ("operation", "method", "status", "code"),
)
LATENCY = Metric(
    "parlour_request_duration_seconds",
    MetricKind.HISTOGRAM,
    "Seconds from a request's arrival to its answer being ready.",
    ("operation",),
    BRIEF,
)
IN_FLIGHT = Metric("parlour_requests_in_flight", MetricKind.GAUGE, "Requests that are being answered.")
WRONG_CREDENTIALS = Metric(
    "parlour_wrong_credentials_total",
    MetricKind.COUNTER,
    "Requests with a wrong SID, token or secret, by answer (401; 429 where so many came from one address that they were"
    " not looked at).",
    ("answer",),
    foreseen=(("401",), ("429",)),
)
WEBHOOKS = Metric(
    "parlour_webhook_calls_total",
    MetricKind.COUNTER,
    "Calls of webhooks, by kind (pre, post), verdict (pre: allowed, amended, invalid, refused, unreadable; post:"
    " delivered, retry, failed) and answer (2xx to 5xx; timeout, unreachable, forbidden where there was none).",
    ("kind", "verdict", "answer"),
)
WEBHOOK_LATENCY = Metric(
    "parlour_webhook_duration_seconds",
    MetricKind.HISTOGRAM,
    "Seconds that a webhook took to answer, or until it was given up, by kind (pre, post).",
    ("kind",),
    FAR,
    foreseen=(("pre",), ("post",)),
)
LANES = Metric(
    "parlour_webhook_lanes_busy", MetricKind.GAUGE, "Lanes (a conversation's events to one URL) that are being emptied."
)
RELAYED = Metric("parlour_relay_facts_total", MetricKind.COUNTER, "Facts that the relay has gone through for webhooks.")
PLANNED = Metric("parlour_relay_deliveries_total", MetricKind.COUNTER, "Deliveries that the relay has made of them.")
FIRED = Metric(
    "parlour_timers_fired_total",
    MetricKind.COUNTER,
    "Timers of conversations that ran out, by the state they led to (inactive, closed).",
    ("state",),
    foreseen=(("inactive",), ("closed",)),
)
TURNS = Metric(
    "parlour_loop_turns_total",
    MetricKind.COUNTER,
    "Turns of what runs in the background, by loop and outcome (done, failed).",
    ("loop", "outcome"),
)
CONNECTIONS = Metric(
    "parlour_database_connections",
    MetricKind.GAUGE,
    "Connections to the database, by state (in_use, idle).",
    ("state",),
    foreseen=(("in_use",), ("idle",)),
)
MAX_CONNECTIONS = Metric(
    "parlour_database_connections_most",
    MetricKind.GAUGE,
    "The most connections that may be open: the setting, per worker.",
)
WAITING = Metric("parlour_database_waiting", MetricKind.GAUGE, "Calls that wait for a free connection.")
WAITED = Metric(
    "parlour_database_wait_seconds",
    MetricKind.HISTOGRAM,
    "Seconds that calls waited for a free connection; who got one at once is not counted.",
    (),
    BRIEF,
)
EXHAUSTED = Metric(
    "parlour_descriptors_exhausted_total",
    MetricKind.COUNTER,
    "How often, of one look a second, no file descriptor was left: new connections are closed unanswered meanwhile.",
)
FAMILIES = {"pre": (WEBHOOKS, WEBHOOK_LATENCY), "post": (WEBHOOKS, WEBHOOK_LATENCY)}
"""By the kind of an output: what counts its attempts, and how long they take."""
COUNTED = (
    REQUESTS, LATENCY, IN_FLIGHT, WRONG_CREDENTIALS, WEBHOOKS, WEBHOOK_LATENCY, LANES, RELAYED, PLANNED, FIRED, TURNS,
    CONNECTIONS, MAX_CONNECTIONS, WAITING, WAITED, EXHAUSTED, *SOCKET_METRICS,
)  # fmt: skip
"""What each process counts. A scrape adds up those of all workers."""

UP = Metric(
    "parlour_database_up",
    MetricKind.GAUGE,
    "1 if the database answered this scrape; if not, what needs it is left out.",
)
DELIVERIES_WAITING = Metric(
    "parlour_webhook_deliveries_waiting",
    MetricKind.GAUGE,
    "Deliveries not yet sent, or to be sent again; at most 10000.",
)
OLDEST_DELIVERY = Metric(
    "parlour_webhook_oldest_due_seconds",
    MetricKind.GAUGE,
    "Seconds for which the oldest delivery that could be sent has been due without anybody sending; 0 if none is.",
)
LANES_AWAY = Metric(
    "parlour_webhook_lanes_away",
    MetricKind.GAUGE,
    "Lanes that wait for a receiver which is away, as webhook_patience says; at most 10000.",
)
OLDEST_AWAY = Metric(
    "parlour_webhook_oldest_away_seconds",
    MetricKind.GAUGE,
    "Seconds since the first of these began to wait for that; 0 if none does.",
)
RELAY_LAG = Metric(
    "parlour_relay_lag_seconds", MetricKind.GAUGE, "Age of the oldest fact that is not relayed yet; 0 if all are."
)
LOG_FOREIGN = Metric(
    "parlour_log_foreign",
    MetricKind.GAUGE,
    "1 while the event log is of another PostgreSQL cluster, so that nothing of it is relayed; 0 else.",
)
TIMERS_OVERDUE = Metric(
    "parlour_timers_overdue",
    MetricKind.GAUGE,
    "Conversations with a timer that has run out without effect; at most 10000.",
)
OLDEST_TIMER = Metric(
    "parlour_timers_oldest_overdue_seconds",
    MetricKind.GAUGE,
    "Seconds since the first of these ran out; 0 if none has.",
)
ASKED = (
    UP, DELIVERIES_WAITING, OLDEST_DELIVERY, LANES_AWAY, OLDEST_AWAY, RELAY_LAG, LOG_FOREIGN,
    TIMERS_OVERDUE, OLDEST_TIMER,
)  # fmt: skip
"""What a scrape asks the database for, where it is the same for all processes."""

INFO = Metric("parlour_info", MetricKind.GAUGE, "1, with the version of parlour and of Python.", ("version", "python"))
CPU = Metric("process_cpu_seconds_total", MetricKind.COUNTER, "Processor time of each worker.", ("worker",))
MEMORY = Metric("process_resident_memory_bytes", MetricKind.GAUGE, "Memory of each worker.", ("worker",))
FILES = Metric("process_open_fds", MetricKind.GAUGE, "Files and sockets that each worker has open.", ("worker",))
STARTED = Metric(
    "process_start_time_seconds", MetricKind.GAUGE, "When each worker started, in seconds since 1970.", ("worker",)
)
SEEN = (INFO, CPU, MEMORY, FILES, STARTED)
"""What a scrape finds out about the processes."""

METRICS = (*COUNTED, *ASKED, *SEEN)


class Metrics:
    """Counts what this process does."""

    def __init__(self, counters: SharedCounters) -> None:
        self.counters = counters
        self._values = counters.values
        self._requests: dict[tuple[str, str, int, int], int] = {}
        self._latencies: dict[str, int] = {}
        self._calls: dict[tuple[str, str, int | str], tuple[int, int]] = {}
        self._places: dict[Name, int] = {}
        self._gauges: dict[int, Callable[[], float]] = {}
        for metric in COUNTED:
            for labels in metric.at_start:
                self._place(metric, *labels)
        self._in_flight = self._place(IN_FLIGHT)
        self._values[self._in_flight] = 0

    def came(self) -> None:
        """A request came in; ``went`` is called when it is answered."""
        self._values[self._in_flight] += 1

    def went(self) -> None:
        """A request was answered."""
        self._values[self._in_flight] -= 1

    def answered(self, operation: str, method: str, status: int, code: int, seconds: float) -> None:
        """A request was answered after *seconds*; *code*: of the error, or 0."""
        key = (operation, method, status, code)
        place = self._requests.get(key)
        if place is None:
            place = self._requests[key] = self._request(*key)
        self._values[place] += 1
        place = self._latencies.get(operation)
        if place is None:
            place = self._latencies[operation] = self._place(LATENCY, operation)
        self._add(LATENCY, place, seconds)

    def attempted(self, kind: str, verdict: str, answer: int | str, seconds: float) -> None:
        """A delivery of this kind was tried; *answer*, after *seconds*: its status, or what went wrong."""
        key = (kind, verdict, answer)
        places = self._calls.get(key)
        if places is None:
            places = self._calls[key] = self._call(*key)
        self._values[places[0]] += 1
        self._add(FAMILIES[kind][1], places[1], seconds)

    def count(self, metric: Metric, *labels: str, by: int = 1) -> None:
        """*metric* is *by* more."""
        self._values[self._place(metric, *labels)] += by

    def took(self, metric: Metric, seconds: float, *labels: str) -> None:
        """Something that *metric* is a histogram of took so long."""
        self._add(metric, self._place(metric, *labels), seconds)

    def gauge(self, metric: Metric, *labels: str, read: Callable[[], float]) -> None:
        """*metric* is from now on what *read* says at the time of a scrape."""
        self._gauges[self._place(metric, *labels)] = read

    def turned(self, loop: str, is_done: bool) -> None:
        """A turn in the background ended."""
        self.count(TURNS, loop, "done" if is_done else "failed")

    async def sample(self) -> bool:
        """The gauges are current; a turn in the background where other processes read them. Never has more to do."""
        for place, read in self._gauges.items():
            self._values[place] = read()
        return False

    def _add(self, histogram: Metric, place: int, seconds: float) -> None:
        self._values[place + bisect_left(histogram.bounds, seconds)] += 1
        self._values[place + len(histogram.bounds) + 1] += seconds

    def _place(self, metric: Metric, *labels: str) -> int:
        name = (metric.name, labels)
        place = self._places.get(name)
        if place is None:
            place = self._places[name] = self.counters.place(metric.name, *labels, width=metric.width)
        return place

    def _request(self, operation: str, method: str, status: int, code: int) -> int:
        return self._place(REQUESTS, operation, method, str(status), str(code) if code else "")

    def _call(self, kind: str, verdict: str, answer: int | str) -> tuple[int, int]:
        word = f"{answer // 100}xx" if isinstance(answer, int) else str(answer)
        attempts, latency = FAMILIES[kind]
        return self._place(attempts, kind, verdict, word), self._place(latency, kind)
