"""Facts about users."""

from parlour.core.events import Fact
from parlour.resources.users.model import SeenUser, User

ADDED = "UserAdded"
UPDATED = "UserUpdated"
REMOVED = "UserRemoved"


def user_added(user: User) -> Fact:
    """A user was made, by hand or because its identity was added to a conversation."""
    return Fact(type=ADDED, id=user.last_event_id, payload={"user": user})


def user_updated(user: SeenUser) -> Fact:
    """A user's name, attributes or role changed."""
    return Fact(type=UPDATED, id=user.last_event_id, payload={"user": user})


def user_removed(user: User) -> Fact:
    """A user was deleted; its participants follow it."""
    return Fact(type=REMOVED, payload={"user": user})
