"""The settings in groups, each with its name, type, default and one sentence."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from parlour.core.duration import DURATION
from parlour.core.networks import networks
from parlour.core.retention import PATTERN


class LimitMode(StrEnum):
    """Whether a published limit refuses."""

    STRICT = "strict"
    RELAXED = "relaxed"


class ClockKind(StrEnum):
    """Which clock the server goes by."""

    SYSTEM = "system"
    VIRTUAL = "virtual"


class MetricsAccess(StrEnum):
    """The programs that may read /metrics."""

    LOCAL = "local"
    OPEN = "open"
    OFF = "off"


class LogLevel(StrEnum):
    """The least of what is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How a line of the log looks."""

    AUTO = "auto"
    CONSOLE = "console"
    JSON = "json"


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the server listens and how it serves."""

    host: Annotated[str, Meta(description="The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="The port to listen on; 0 takes a free one.")] = 8010
    public_url: Annotated[
        Annotated[str, Meta(pattern="^https?://[^ /?#]+(/[^ ?#]*)?$")] | None,
        Meta(description="The origin in every URL of an answer; without it, scheme and Host of the request."),
    ] = None
    trusted_proxies: Annotated[
        str,
        Meta(
            description="The proxies whose X-Forwarded-For, -Proto and -Host or Forwarded are believed: addresses or"
            " networks, separated by commas; none for nobody."
        ),
    ] = "127.0.0.0/8,::1"
    workers: Annotated[int, Meta(ge=1, le=256, description="How many processes serve.")] = 1
    limits: Annotated[
        LimitMode,
        Meta(
            description="Whether a published limit of size or number refuses: strict, or relaxed, which allows it and"
            " says in the header Parlour-Would-Refuse what the original would have answered.",
        ),
    ] = LimitMode.STRICT
    clock: Annotated[
        ClockKind,
        Meta(
            description="Whose time it is: system, the machine's, or virtual, which parlour clock moves, for tests."
            " All processes on one database must have the same.",
        ),
    ] = ClockKind.SYSTEM
    count_usage: Annotated[bool, Meta(description="Count what each account calls, for parlour compat.")] = True
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
        int, Meta(ge=1, le=1000, description="The most connections that one process opens to the database.")
    ] = 10
    statement_cache_size: Annotated[
        int, Meta(ge=0, description="Prepared statements kept per connection; 0 for PgBouncer.")
    ] = 1024
    statement_timeout: Annotated[
        float,
        Meta(
            ge=0,
            le=3600,
            description="Seconds that a statement may take before it is given up, and 2 more until a connection counts"
            " as mute; 0 leaves the limit to the database.",
        ),
    ] = 10.0
    lock_timeout: Annotated[
        float,
        Meta(
            ge=0,
            le=3600,
            description="Seconds that a change waits for another change to the same thing; 0 leaves the limit to the"
            " database.",
        ),
    ] = 5.0
    idle_timeout: Annotated[
        float,
        Meta(
            ge=0,
            le=3600,
            description="Seconds that a transaction may do nothing before the database ends it, as when its process"
            " stands still; 0 leaves the limit to the database.",
        ),
    ] = 10.0
    message_batch: Annotated[
        int, Meta(ge=1, le=1000, description="The most new messages that share one commit; 1 commits each alone.")
    ] = 100


class SecretsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first account, and the key of all secrets."""

    account_sid: Annotated[
        Annotated[str, Meta(pattern="^AC[0-9a-f]{32}$")] | None,
        Meta(description="The SID of the first account, AC and 32 hexadecimal digits, made if it is missing."),
    ] = None
    auth_token: Annotated[
        Annotated[str, Meta(min_length=16)] | None,
        Meta(description="The auth token of the first account, at least 16 characters."),
    ] = None
    secret_key: Annotated[
        str | None,
        Meta(
            description="Encrypts the secrets in the database: 32 bytes in url-safe base64."
            " Without it, the file secret.key in the data folder, made at the first start."
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
            description="Whether webhooks may go to private, loopback and link-local addresses."
            " Without it: only when serving on a loopback address with the bundled PostgreSQL, until a proxy passes"
            " a request on."
        ),
    ] = None
    nameservers: Annotated[
        Annotated[str, Meta(pattern=r"^[0-9a-fA-F.:\[\]]+(, *[0-9a-fA-F.:\[\]]+)*$")] | None,
        Meta(
            description="The DNS servers for the names in webhook URLs: addresses, perhaps with ports, separated by"
            " commas. Without it: those of the system."
        ),
    ] = None
    retries: Annotated[
        int, Meta(ge=0, le=3, description="How often a post-action webhook that failed is sent again.")
    ] = 3
    patience: Annotated[
        str,
        Meta(
            pattern=f"^{DURATION}$",
            description="For how long after an event its webhook is tried again while the receiver is away, such as"
            " 24h or 90m; 0 gives up after webhook_retries.",
        ),
    ] = "0"
    studio_url: Annotated[
        Annotated[str, Meta(pattern="^https?://[^ /?#]+([/?#][^ ]*)?$")] | None,
        Meta(description="The http or https URL of messages for Studio flows; {FlowSid} in it becomes the flow's SID."),
    ] = None


class RetentionSettings(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"deliveries": "delivery_retention", "events": "event_retention"},
):
    """How long the server keeps what is only looked back at."""

    deliveries: Annotated[
        str,
        Meta(
            pattern=PATTERN,
            description="For how long the flight recorder keeps a webhook delivery that is done:"
            " days, or a duration such as 36h or PT36H.",
        ),
    ] = "7"
    events: Annotated[
        str,
        Meta(
            pattern=PATTERN,
            description="For how long the event log keeps a fact: days, or a duration such as 36h or PT36H.",
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
            description="How much is logged: debug, info, warning, error.",
        ),
    ] = LogLevel.INFO
    format: Annotated[
        LogFormat,
        Meta(
            description="How a line of the log looks: console, for people, json, for programs, or auto: console on a"
            " terminal.",
        ),
    ] = LogFormat.AUTO
    sensitive: Annotated[
        bool,
        Meta(
            description="Whether the log may hold what it otherwise leaves out: bodies, identities, phone numbers, the"
            " words of exceptions."
        ),
    ] = False
    access_log: Annotated[bool, Meta(description="Whether each request is logged, and each call of a webhook.")] = False


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
    log: LogSettings = LogSettings()
