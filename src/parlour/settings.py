"""Settings: every one with its name, type, default and one sentence.

Each can be given on the command line (``--public-url``), in the environment (``PARLOUR_PUBLIC_URL``) or in one TOML
file (``public_url = "…"``; ``parlour.toml`` in the working folder, or the file that ``PARLOUR_CONFIG`` names). The
command line wins over the environment, the environment over the file.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from parlour.core.duration import DURATION
from parlour.core.networks import networks
from parlour.core.retention import PATTERN

T = TypeVar("T")


class SettingsError(Exception):
    """A setting is unknown or its value is of the wrong kind; the message names it and where it was found."""

    def __init__(self, message: str, setting: str | None = None) -> None:
        super().__init__(message)
        self.setting = setting
        """The setting with the wrong value, if it is one."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of a parlour process."""

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
    data: Annotated[str, Meta(description="The folder of the bundled PostgreSQL and of the secret key.")] = (
        "parlour-data"
    )
    database_url: Annotated[
        str | None,
        Meta(description="A PostgreSQL (15 or newer) to use instead of the bundled one."),
    ] = None
    database_connections: Annotated[
        int, Meta(ge=1, le=1000, description="The most connections that one process opens to the database.")
    ] = 10
    statement_cache_size: Annotated[
        int, Meta(ge=0, description="Prepared statements kept per connection; 0 for PgBouncer.")
    ] = 1024
    database_statement_timeout: Annotated[
        float,
        Meta(
            ge=0,
            le=3600,
            description="Seconds that a statement may take before it is given up, and 2 more until a connection counts"
            " as mute; 0 leaves the limit to the database.",
        ),
    ] = 10.0
    database_lock_timeout: Annotated[
        float,
        Meta(
            ge=0,
            le=3600,
            description="Seconds that a change waits for another change to the same thing; 0 leaves the limit to the"
            " database.",
        ),
    ] = 5.0
    database_idle_timeout: Annotated[
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
    limits: Annotated[
        str,
        Meta(
            pattern="^(strict|relaxed)$",
            description="Whether a published limit of size or number refuses: strict, or relaxed, which allows it and"
            " says in the header Parlour-Would-Refuse what the original would have answered.",
        ),
    ] = "strict"
    clock: Annotated[
        str,
        Meta(
            pattern="^(system|virtual)$",
            description="Whose time it is: system, the machine's, or virtual, which parlour clock moves, for tests."
            " All processes on one database must have the same.",
        ),
    ] = "system"
    count_usage: Annotated[bool, Meta(description="Count what each account calls, for parlour compat.")] = True
    workers: Annotated[int, Meta(ge=1, le=256, description="How many processes serve.")] = 1
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
    webhook_allow_private: Annotated[
        bool | None,
        Meta(
            description="Whether webhooks may go to private, loopback and link-local addresses."
            " Without it: only when serving on a loopback address with the bundled PostgreSQL, until a proxy passes"
            " a request on."
        ),
    ] = None
    webhook_nameservers: Annotated[
        Annotated[str, Meta(pattern=r"^[0-9a-fA-F.:\[\]]+(, *[0-9a-fA-F.:\[\]]+)*$")] | None,
        Meta(
            description="The DNS servers for the names in webhook URLs: addresses, perhaps with ports, separated by"
            " commas. Without it: those of the system."
        ),
    ] = None
    webhook_retries: Annotated[
        int, Meta(ge=0, le=3, description="How often a post-action webhook that failed is sent again.")
    ] = 3
    webhook_patience: Annotated[
        str,
        Meta(
            pattern=f"^{DURATION}$",
            description="For how long after an event its webhook is tried again while the receiver is away, such as"
            " 24h or 90m; 0 gives up after webhook_retries.",
        ),
    ] = "0"
    delivery_retention: Annotated[
        str,
        Meta(
            pattern=PATTERN,
            description="For how long the flight recorder keeps a webhook delivery that is done:"
            " days, or a duration such as 36h or PT36H.",
        ),
    ] = "7"
    event_retention: Annotated[
        str,
        Meta(
            pattern=PATTERN,
            description="For how long the event log keeps a fact: days, or a duration such as 36h or PT36H.",
        ),
    ] = "30"
    studio_url: Annotated[
        Annotated[str, Meta(pattern="^https?://[^ /?#]+([/?#][^ ]*)?$")] | None,
        Meta(description="The http or https URL of messages for Studio flows; {FlowSid} in it becomes the flow's SID."),
    ] = None
    log_level: Annotated[
        str,
        Meta(
            pattern="^(debug|info|warning|error)$",
            description="How much is logged: debug, info, warning, error.",
        ),
    ] = "info"
    log_format: Annotated[
        str,
        Meta(
            pattern="^(auto|console|json)$",
            description="How a line of the log looks: console, for people, json, for programs, or auto: console on a"
            " terminal.",
        ),
    ] = "auto"
    log_sensitive: Annotated[
        bool,
        Meta(
            description="Whether the log may hold what it otherwise leaves out: bodies, identities, phone numbers, the"
            " words of exceptions."
        ),
    ] = False
    access_log: Annotated[bool, Meta(description="Whether each request is logged, and each call of a webhook.")] = False
    metrics: Annotated[
        str,
        Meta(
            pattern="^(local|open|off)$",
            description="Access to /metrics: local (programs on this machine), open (everybody) or off.",
        ),
    ] = "local"

    def __post_init__(self) -> None:
        try:
            networks(self.trusted_proxies)
        except ValueError as error:
            raise ValueError(f"trusted_proxies: {error}") from None


FIELDS = msgspec.structs.fields(Settings)
_NAMES = tuple(field.name for field in FIELDS)
RENAMED = {"watch": "count_usage"}
"""Former names of settings, which the environment and the file may still use."""
_SENTENCES = {field.name: field.type.__metadata__[0].description for field in FIELDS}
"""By setting, what it is: in place of a pattern, which is for programs."""
PREFIX = "PARLOUR_"
FILE = "parlour.toml"
ENVIRONMENT, COMMAND_LINE = "the environment", "the command line"


class Loaded(msgspec.Struct, frozen=True):
    """The settings, and where those were found that are not left at their defaults."""

    settings: Settings
    places: Mapping[str, str]
    """By name: ENVIRONMENT, COMMAND_LINE, or the path of the file."""


def load(given: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings from *given* (the command line), *environment* and the file; raises SettingsError."""
    return load_with_places(given, environment).settings


def load_with_places(given: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Loaded:
    """The same, and where each was found."""
    found: dict[str, Any] = {}
    places: dict[str, str] = {}
    for place, values in (
        _file(environment),
        (ENVIRONMENT, _from_environment(environment)),
        (COMMAND_LINE, {name: value for name, value in given.items() if value is not None}),
    ):
        found.update(values)
        places.update(dict.fromkeys(values, place))
    try:
        return Loaded(msgspec.convert(found, Settings, strict=False), places)
    except msgspec.ValidationError as error:
        raise _explained(str(error), places) from None


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment variables that give another process the same settings, whatever file lies in its folder."""
    return {PREFIX + "CONFIG": os.devnull} | {
        PREFIX + name.upper(): str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in msgspec.structs.asdict(settings).items()
        if value is not None
    }


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Only names that are settings; empty values count as absent."""
    values = {name: environment.get(PREFIX + name.upper(), "") for name in (*RENAMED, *_NAMES)}
    return _under_present_names({name: value for name, value in values.items() if value})


def _under_present_names(values: Mapping[str, T]) -> dict[str, T]:
    """*values* by setting; one that is given under both names counts under its present one."""
    return {RENAMED.get(name, name): values[name] for name in sorted(values, key=RENAMED.__contains__, reverse=True)}


def _explained(complaint: str, places: Mapping[str, str]) -> SettingsError:
    """The error for what msgspec said, such as ``Expected `int` <= 65535 - at `$.port```."""
    what, _, path = complaint.partition(" - at ")
    for name, place in places.items():
        if path == f"`$.{name}`":
            told = _SENTENCES[name] if "regex" in what else f"{what[0].lower()}{what[1:]}"
            return SettingsError(f"{name} (from {place}): {told}", name)
        if what == f"Object contains unknown field `{name}`":
            return SettingsError(f"There is no setting {name} (from {place}). All of them: parlour serve --help")
    return SettingsError(complaint)


def _file(environment: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    named = environment.get(PREFIX + "CONFIG")
    path = Path(named or FILE)
    if not named and not path.exists():
        return str(path), {}
    try:
        return str(path), _under_present_names(tomllib.loads(path.read_text()))
    except (OSError, ValueError) as error:
        raise SettingsError(f"Cannot read the settings file {path}: {error}") from None
