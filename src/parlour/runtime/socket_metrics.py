"""The metrics of the sockets of client SDKs."""

from parlour.runtime.metric import BRIEF, Metric, MetricKind

SOCKETS = Metric(
    "parlour_sockets",
    MetricKind.GAUGE,
    "Open sockets of client SDKs, by state (coming: nobody has logged in yet; session; leaving).",
    ("state",),
    foreseen=(("coming",), ("session",), ("leaving",)),
)
CONNECTED = Metric(
    "parlour_connected_identities", MetricKind.GAUGE, "Identities that have a socket, or had one some seconds ago."
)
UNREAD = Metric("parlour_socket_unread_bytes", MetricKind.GAUGE, "Bytes that wait for clients that read slowly.")
HELD = Metric("parlour_socket_held_bytes", MetricKind.GAUGE, "Bytes of what clients sent that is not done yet.")
LOG_INS = Metric(
    "parlour_socket_log_ins_total",
    MetricKind.COUNTER,
    "Log-ins, by status (200; 401; 429 where there was no room) and code of the error.",
    ("status", "code"),
    foreseen=(("200", ""),),
)
SESSIONS = Metric(
    "parlour_socket_sessions_total",
    MetricKind.COUNTER,
    "Log-ins that succeeded, by what clients say of themselves: SDK and version; other where that is nothing known.",
    ("sdk", "version"),
)
ENDED = Metric(
    "parlour_sockets_ended_total",
    MetricKind.COUNTER,
    "Sockets that ended, by reason (client and lost: the client went; all others are ours).",
    ("reason",),
    foreseen=(("client",), ("lost",)),
)
PACKETS = Metric(
    "parlour_socket_packets_total",
    MetricKind.COUNTER,
    "Messages that came in, by method (reply: clients acknowledge what they get; text, malformed and other are not"
    " read).",
    ("method",),
    foreseen=(("init",), ("message",), ("reply",)),
)
REQUESTS = Metric(
    "parlour_socket_requests_total",
    MetricKind.COUNTER,
    "Requests through sockets, by place, status, and code of the error; the place is empty where there is none.",
    ("place", "status", "code"),
)
LATENCY = Metric(
    "parlour_socket_request_duration_seconds",
    MetricKind.HISTOGRAM,
    "Seconds from a request through a socket to its reply being ready.",
    ("place",),
    BRIEF,
)
SOCKET_METRICS = (SOCKETS, CONNECTED, UNREAD, HELD, LOG_INS, SESSIONS, ENDED, PACKETS, REQUESTS, LATENCY)
