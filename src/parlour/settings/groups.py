"""The settings in groups, each with its name, type, default and one sentence."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from parlour.core.duration import DURATION
from parlour.core.limits import LimitMode
from parlour.core.networks import networks
from parlour.core.retention import PATTERN


class ClockKind(StrEnum):
    """Clock sources."""

    SYSTEM = "system"
    VIRTUAL = "virtual"


class MetricsAccess(StrEnum):
    """The programs that may read /metrics."""

    LOCAL = "local"
    OPEN = "open"
    OFF = "off"


class LogLevel(StrEnum):
    """The minimum level of log lines."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """Log formats."""

    AUTO = "auto"
    CONSOLE = "console"
    JSON = "json"


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the server listens and how it serves."""

    host: Annotated[str, Meta(description="The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="The port to listen on; 0 takes a free one.")] = 8010
    public_url: Annotated[
        Annotated[str, Meta(pattern="^https?://[^ /?#]+(/[^ ?#]*)?$")] | None,
        Meta(description="The origin of all URLs in answers. By default: scheme and Host of the request."),
    ] = None
    trusted_proxies: Annotated[
        str,
        Meta(
            description="Proxies to trust for X-Forwarded-For, -Proto and -Host or Forwarded: addresses or networks,"
            " separated by commas, or none."
        ),
    ] = "127.0.0.0/8,::1"
    workers: Annotated[int, Meta(ge=1, le=256, description="The number of processes that serve.")] = 1
    limits: Annotated[
        LimitMode,
        Meta(
            description="Published limits of sizes and numbers: strict refuses what exceeds them; relaxed allows it and"
            " names the original's error in the header Parlour-Would-Refuse.",
        ),
    ] = LimitMode.STRICT
    clock: Annotated[
        ClockKind,
        Meta(
            description="Clock source: system (the machine's) or virtual (moved by parlour clock, for tests)."
            " All processes on one database must use the same.",
        ),
    ] = ClockKind.SYSTEM
    count_usage: Annotated[bool, Meta(description="Count API usage per account, for parlour compat.")] = True
    metrics: Annotated[
        MetricsAccess,
        Meta(
            description="Access to /metrics: local (programs on this machine), open (everybody) or off.",
        ),
    ] = MetricsAccess.LOCAL

    def __post_init__(self) -> None:
        try:
            networks(self.trusted_proxies)
        except ValueError as error:
            raise ValueError(f"trusted_proxies: {error}") from None


class DatabaseSettings(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={
        "url": "database_url",
        "connections": "database_connections",
        "statement_timeout": "database_statement_timeout",
        "lock_timeout": "database_lock_timeout",
        "idle_timeout": "database_idle_timeout",
    },
):
    """The database, and how the server uses it."""

    data: Annotated[str, Meta(description="The folder of the bundled PostgreSQL and of the secret key.")] = (
        "parlour-data"
    )
    url: Annotated[
        str | None,
        Meta(description="A PostgreSQL (15 or newer) to use instead of the bundled one."),
    ] = None
    connections: Annotated[
        int, Meta(ge=1, le=1000, description="The maximum number of database connections per process.")
    ] = 10
    statement_cache_size: Annotated[
        int, Meta(ge=0, description="Prepared statements kept per connection; 0 for PgBouncer.")
    ] = 1024
    statement_timeout: Annotated[
        float,
        Meta(
            ge=0,
            le=3600,
            description="Time limit of a statement in seconds; 2 seconds later its connection counts as mute."
            " 0 leaves the limit to the database.",
        ),
    ] = 10.0
    lock_timeout: Annotated[
        float,
        Meta(
            ge=0,
            le=3600,
            description="How many seconds a change waits for another change to the same object. 0 leaves the limit to"
            " the database.",
        ),
    ] = 5.0
    idle_timeout: Annotated[
        float,
        Meta(
            ge=0,
            le=3600,
            description="How many seconds a transaction may be idle, such as when its process hangs, before the"
            " database ends it. 0 leaves the limit to the database.",
        ),
    ] = 10.0
    message_batch: Annotated[
        int,
        Meta(ge=1, le=1000, description="The maximum number of new messages that share one commit; 1 turns it off."),
    ] = 100


class SecretsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first account, and the key of all secrets."""

    account_sid: Annotated[
        Annotated[str, Meta(pattern="^AC[0-9a-f]{32}$")] | None,
        Meta(
            description="The SID of the first account, AC and 32 hexadecimal digits. The server creates it if needed."
        ),
    ] = None
    auth_token: Annotated[
        Annotated[str, Meta(min_length=16)] | None,
        Meta(description="The auth token of the first account, at least 16 characters."),
    ] = None
    secret_key: Annotated[
        str | None,
        Meta(
            description="The key that encrypts the secrets in the database: 32 bytes in url-safe base64."
            " By default: the file secret.key in the data folder, created at the first start."
        ),
    ] = None


class WebhooksSettings(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={
        "allow_private": "webhook_allow_private",
        "nameservers": "webhook_nameservers",
        "retries": "webhook_retries",
        "patience": "webhook_patience",
    },
):
    """How webhooks are called."""

    allow_private: Annotated[
        bool | None,
        Meta(
            description="Allow webhooks to private, loopback and link-local addresses."
            " By default: only on a loopback address with the bundled PostgreSQL, until a proxy forwards a request."
        ),
    ] = None
    nameservers: Annotated[
        Annotated[str, Meta(pattern=r"^[0-9a-fA-F.:\[\]]+(, *[0-9a-fA-F.:\[\]]+)*$")] | None,
        Meta(
            description="DNS servers for the names in webhook URLs: addresses, optionally with ports, separated by"
            " commas. By default: those of the system."
        ),
    ] = None
    retries: Annotated[
        int, Meta(ge=0, le=3, description="The maximum number of retries of a failed post-action webhook.")
    ] = 3
    patience: Annotated[
        str,
        Meta(
            pattern=f"^{DURATION}$",
            description="How long after an event to keep retrying its webhook while the receiver is away, such as"
            " 24h or 90m; 0 gives up after webhook_retries.",
        ),
    ] = "0"
    studio_url: Annotated[
        Annotated[str, Meta(pattern="^https?://[^ /?#]+([/?#][^ ]*)?$")] | None,
        Meta(
            description="The http or https URL that gets messages for Studio flows; {FlowSid} becomes the flow's SID."
        ),
    ] = None


class RetentionSettings(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"deliveries": "delivery_retention", "events": "event_retention"},
):
    """How long the server keeps history."""

    deliveries: Annotated[
        str,
        Meta(
            pattern=PATTERN,
            description="How long the flight recorder keeps finished webhook deliveries:"
            " days, or a duration such as 36h or PT36H.",
        ),
    ] = "7"
    events: Annotated[
        str,
        Meta(
            pattern=PATTERN,
            description="How long the event log keeps events: days, or a duration such as 36h or PT36H.",
        ),
    ] = "30"


class LogSettings(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"level": "log_level", "format": "log_format", "sensitive": "log_sensitive"},
):
    """What is logged."""

    level: Annotated[
        LogLevel,
        Meta(
            description="The minimum level of log lines: debug, info, warning or error.",
        ),
    ] = LogLevel.INFO
    format: Annotated[
        LogFormat,
        Meta(
            description="Log format: console (for people), json (for programs) or auto (console on a terminal).",
        ),
    ] = LogFormat.AUTO
    sensitive: Annotated[
        bool,
        Meta(
            description="Log what is otherwise left out: bodies, identities, phone numbers, the messages of exceptions."
        ),
    ] = False
    access_log: Annotated[bool, Meta(description="Log each request and each webhook call.")] = False


class TokensSettings(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"algorithms": "token_algorithms"}
):
    """The access tokens of client SDKs."""

    algorithms: Annotated[
        str,
        Meta(
            pattern="^HS(256|384|512)(, *HS(256|384|512))*$",
            description="Algorithms by which access tokens may be signed: HS256, HS384, HS512, separated by commas.",
        ),
    ] = "HS256"


class RealtimeSettings(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"sockets": "realtime_sockets", "sockets_per_user": "realtime_sockets_per_user"},
):
    """The sockets of client SDKs."""

    sockets: Annotated[
        int, Meta(ge=0, le=1_000_000, description="The most sockets of client SDKs that a process holds open.")
    ] = 20_000
    sockets_per_user: Annotated[
        int, Meta(ge=1, le=1_000_000, description="The most sockets that one user may hold open in a process.")
    ] = 100


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings of a parlour process, a group for each topic.

    Outside the program a setting has one name, whatever group it is in (``database_url``). In the file it may also
    stand in a table of its group, under its name in there (``[database]``, ``url``).
    """

    server: ServerSettings = ServerSettings()
    database: DatabaseSettings = DatabaseSettings()
    secrets: SecretsSettings = SecretsSettings()
    webhooks: WebhooksSettings = WebhooksSettings()
    retention: RetentionSettings = RetentionSettings()
    tokens: TokensSettings = TokensSettings()
    realtime: RealtimeSettings = RealtimeSettings()
    log: LogSettings = LogSettings()
