"""What lies between the server and the addresses that it calls."""

import structlog

from parlour.outbound.guard import Guard
from parlour.outbound.names import Names
from parlour.settings import Settings, SettingsError

_log = structlog.get_logger("parlour.app")


def guard_of(settings: Settings) -> Guard:
    """What lies between webhooks and the network."""
    nameservers = (settings.webhooks.nameservers or "").replace(" ", "")
    try:
        names = Names(nameservers.split(",") if nameservers else ())
    except ValueError as error:
        raise SettingsError(f"webhook_nameservers: {error}", "webhook_nameservers") from None
    return Guard(allow_private=settings.webhooks.allow_private is not False, resolver=names)


def forbid_private(guard: Guard) -> None:
    """A proxy passes requests on: strangers may reach this server, which looked as if only this machine could."""
    if guard.allow_private:
        guard.allow_private = False
        _log.warning(
            "A proxy passes requests on to parlour: webhooks may no longer go to private addresses of this machine and"
            " its network. The setting webhook_allow_private says true if they may, false if not."
        )
