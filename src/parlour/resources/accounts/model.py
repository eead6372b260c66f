"""Account and ApiKey."""

from datetime import datetime

import msgspec


class Account(msgspec.Struct, frozen=True):
    """A customer's world. Its settings are shown and changed by the Configuration resource."""

    sid: str
    friendly_name: str
    default_service_sid: str | None
    default_messaging_service_sid: str | None
    default_inactive_timer: str | None
    default_closed_timer: str | None
    created_at: datetime
    updated_at: datetime


class ApiKey(msgspec.Struct, frozen=True):
    """A second credential of an account, which can be taken back alone."""

    sid: str
    account_sid: str
    friendly_name: str | None
    created_at: datetime
