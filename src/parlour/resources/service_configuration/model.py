"""What can be configured of a service."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from parlour.core.errors import ConversationCreatorRoleNotFound, ConversationRoleNotFound, ServiceRoleNotFound
from parlour.core.fields import Flag, SidOf
from parlour.core.sids import Prefix

# What is no SID at all is not found, like the SID of no fitting role.
CREATOR_ROLE = SidOf(Prefix.ROLE, ConversationCreatorRoleNotFound)
CONVERSATION_ROLE = SidOf(Prefix.ROLE, ConversationRoleNotFound)
SERVICE_ROLE = SidOf(Prefix.ROLE, ServiceRoleNotFound)


class ServiceConfigurationEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of the settings."""

    default_conversation_creator_role_sid: Annotated[str | UnsetType, CREATOR_ROLE] = UNSET
    default_conversation_role_sid: Annotated[str | UnsetType, CONVERSATION_ROLE] = UNSET
    default_chat_service_role_sid: Annotated[str | UnsetType, SERVICE_ROLE] = UNSET
    reachability_enabled: Annotated[bool | UnsetType, Flag()] = UNSET
