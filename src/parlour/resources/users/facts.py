"""Facts about users."""

from parlour.core.facts import Fact
from parlour.resources.users.model import SeenUser, User


class UserFact(Fact, frozen=True, kw_only=True):
    """Something happened to a user."""

    user: User

    @property
    def event_id(self) -> int | None:
        return self.user.last_event_id

    @property
    def identity(self) -> str:
        return self.user.identity

    @property
    def subject_sid(self) -> str:
        return self.user.sid


class UserAdded(UserFact, frozen=True, kw_only=True):
    """A user was made, by hand or because its identity was added to a conversation."""


class UserUpdated(UserFact, frozen=True, kw_only=True):
    """A user's name, attributes or role changed."""

    user: SeenUser


class UserReachabilityChanged(UserFact, frozen=True, kw_only=True):
    """A user came online or went, or push notifications reach it from now on or no longer; told only where the service
    has reachability enabled."""

    user: SeenUser


class UserRemoved(UserFact, frozen=True, kw_only=True):
    """A user was deleted; its participants follow it."""

    @property
    def event_id(self) -> None:
        """Nothing is left that could carry a number."""
        return None
