"""Refusals about rights: end users of client SDKs alone meet these and the rest of this file; accounts may do all."""

from parlour.core.errors.entry import ApiError


class PermissionDenied(ApiError, status=403, code=50107, message="User not authorized for command"):
    """Neither the user's role nor that of their participant has the permission, or no end user may do this."""


class RoleNotSettable(ApiError, status=403, code=50205, message="User unauthorized to set role"):
    """An end user wants to give a role to a user or participant."""


class NotAMember(ApiError, status=403, code=50430, message="Participant is not a member of conversation"):
    """The end user takes no part in the conversation."""


class ChannelMetadataMissing(ApiError, status=404, code=50530, message="Channel metadata not found"):
    """The message has no metadata of a channel; parlour stores none yet. Client SDKs know by the code that this is no
    fault."""
