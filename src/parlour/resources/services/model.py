"""Service: what holds conversations, users and roles."""

from datetime import datetime
from typing import Annotated

import msgspec

from parlour.core.errors import FriendlyNameMissing, FriendlyNameTooLong
from parlour.core.fields import Text

DEFAULT_NAME = "Default Conversations Service"


class Service(msgspec.Struct, frozen=True):
    """A service of an account, with the roles that it gives by default."""

    sid: str
    friendly_name: str
    default_chat_service_role_sid: str
    """What a user gets who is made without a role."""
    default_conversation_role_sid: str
    """What a participant gets who is added without a role."""
    default_conversation_creator_role_sid: str
    """What a client-side creator of a conversation gets on joining it."""
    reachability_enabled: bool
    """Whether its users show if they are online and can be notified."""
    created_at: datetime
    updated_at: datetime


class ServiceDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a new service is made of."""

    friendly_name: Annotated[str, Text(256, too_long=FriendlyNameTooLong, empty=FriendlyNameMissing)]
