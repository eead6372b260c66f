"""Facts about roles."""

from parlour.core.facts import Fact
from parlour.resources.roles.model import Role


class RoleFact(Fact, frozen=True, kw_only=True):
    """Something happened to a role."""

    role: Role

    @property
    def subject_sid(self) -> str:
        return self.role.sid


class RoleAdded(RoleFact, frozen=True, kw_only=True):
    """A role was created."""


class RoleUpdated(RoleFact, frozen=True, kw_only=True):
    """A role's permissions were replaced."""


class RoleRemoved(RoleFact, frozen=True, kw_only=True):
    """A role was deleted."""
