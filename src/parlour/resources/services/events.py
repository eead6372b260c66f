"""Facts about services."""

from parlour.core.events import Fact
from parlour.resources.services.model import Service

ADDED = "ServiceAdded"
REMOVED = "ServiceRemoved"


def service_added(service: Service) -> Fact:
    """A service was created with its default roles."""
    return Fact(type=ADDED, payload={"service": service}, service_sid=service.sid)


def service_removed(service: Service) -> Fact:
    """A service was deleted with everything inside."""
    return Fact(type=REMOVED, payload={"service": service}, service_sid=service.sid)
