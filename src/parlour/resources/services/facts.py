"""Facts about services."""

from parlour.core.facts import Fact
from parlour.resources.services.model import Service


class ServiceFact(Fact, frozen=True, kw_only=True):
    """Something happened to a service."""

    service: Service

    @property
    def subject_sid(self) -> str:
        return self.service.sid


class ServiceAdded(ServiceFact, frozen=True, kw_only=True):
    """A service was created with its default roles."""


class ServiceRemoved(ServiceFact, frozen=True, kw_only=True):
    """A service was deleted with everything inside."""
