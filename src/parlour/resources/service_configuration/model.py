"""What can be configured of a service."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from parlour.core.fields import Flag, Text

ROLE = Text(256)
"""A role's SID: whatever is not the SID of a fitting role is not found, so its pattern need not be checked."""


class ServiceConfigurationEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of the settings."""

    default_conversation_creator_role_sid: Annotated[str | UnsetType, ROLE] = UNSET
    default_conversation_role_sid: Annotated[str | UnsetType, ROLE] = UNSET
    default_chat_service_role_sid: Annotated[str | UnsetType, ROLE] = UNSET
    reachability_enabled: Annotated[bool | UnsetType, Flag()] = UNSET
