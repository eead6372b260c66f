"""What can be configured of an account."""

from datetime import timedelta
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from parlour.core.errors import (
    ClosedTimerTooShort,
    InactiveTimerTooShort,
    InvalidClosedTimer,
    InvalidInactiveTimer,
    InvalidMessagingServiceSid,
)
from parlour.core.fields import Clearable, SidOf
from parlour.core.sids import Prefix
from parlour.core.timer_fields import Duration, Timer

INACTIVE_TIMER = Timer(timedelta(minutes=1), too_short=InactiveTimerTooShort, malformed=InvalidInactiveTimer)
CLOSED_TIMER = Timer(timedelta(minutes=10), too_short=ClosedTimerTooShort, malformed=InvalidClosedTimer)
MESSAGING_SERVICE = Clearable(SidOf(Prefix.MESSAGING_SERVICE, InvalidMessagingServiceSid))


class ConfigurationEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of the settings."""

    default_chat_service_sid: Annotated[str | UnsetType, SidOf(Prefix.SERVICE)] = UNSET
    default_messaging_service_sid: Annotated[str | UnsetType | None, MESSAGING_SERVICE] = UNSET
    default_inactive_timer: Annotated[Duration | UnsetType | None, INACTIVE_TIMER] = UNSET
    default_closed_timer: Annotated[Duration | UnsetType | None, CLOSED_TIMER] = UNSET
