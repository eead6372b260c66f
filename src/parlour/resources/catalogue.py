"""The catalogue: every resource, in the order in which they may know each other, and what links them upwards."""

from parlour.contract.rest import Resource
from parlour.resources.configuration.rest import configuration
from parlour.resources.roles.rest import roles
from parlour.resources.services.rest import services
from parlour.resources.users.rest import users
from parlour.storage.transaction import Reactions

RESOURCES: tuple[Resource, ...] = (
    configuration,
    services,
    roles,
    users,
)

REACTIONS: Reactions = {}
"""What resources change because of the facts of those below them, in the same transaction."""
