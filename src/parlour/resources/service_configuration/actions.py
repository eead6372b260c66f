"""What may happen to a service's settings."""

from msgspec import UNSET

from parlour.core.errors import (
    ApiError,
    ConversationCreatorRoleNotFound,
    ConversationRoleNotFound,
    ServiceRoleNotFound,
)
from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.resources.roles import queries as roles
from parlour.resources.roles.model import RoleType
from parlour.resources.service_configuration.model import ServiceConfigurationEdit
from parlour.resources.services import queries as services
from parlour.resources.services.model import Service
from parlour.runtime.signals import PRESENCE
from parlour.runtime.work import Work
from parlour.storage.columns import given

_ROLES: dict[str, tuple[RoleType, type[ApiError]]] = {
    "default_conversation_creator_role_sid": (RoleType.CONVERSATION, ConversationCreatorRoleNotFound),
    "default_conversation_role_sid": (RoleType.CONVERSATION, ConversationRoleNotFound),
    "default_chat_service_role_sid": (RoleType.SERVICE, ServiceRoleNotFound),
}
"""What type each default has, and the refusal where it is not such a role."""


async def fetch(work: Work) -> Service:
    """The service with its settings; raises NotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        return await services.current(reading, work.scope)


async def update(work: Work, edit: ServiceConfigurationEdit) -> Service:
    """The service with the new settings.

    Raises NotFound, ConversationCreatorRoleNotFound, ConversationRoleNotFound, ServiceRoleNotFound.
    """
    permit(work.actor, ACCOUNTS_ONLY)
    changed = given(edit)
    if not changed:
        return await fetch(work)
    async with work.write() as tx:
        for name, (type, not_found) in _ROLES.items():
            if name in changed:
                role = await roles.find(tx, work.scope, str(changed[name]))
                if role is None or role.type != type:
                    raise not_found
        service = await services.configure(tx, work.scope, changed)
    if edit.reachability_enabled is not UNSET:
        work.wake_everywhere(PRESENCE)
    return service
