"""Facts about roles."""

from parlour.core.events import Fact
from parlour.resources.roles.model import Role

ADDED = "RoleAdded"
UPDATED = "RoleUpdated"
REMOVED = "RoleRemoved"


def role_added(role: Role, service_sid: str | None = None) -> Fact:
    """A role was created; *service_sid* where it came with a service that is being made."""
    return Fact(type=ADDED, payload={"role": role}, service_sid=service_sid)


def role_updated(role: Role) -> Fact:
    """A role's permissions were replaced."""
    return Fact(type=UPDATED, payload={"role": role})


def role_removed(role: Role) -> Fact:
    """A role was deleted."""
    return Fact(type=REMOVED, payload={"role": role})
