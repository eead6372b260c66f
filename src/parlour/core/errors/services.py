"""Refusals about services, roles and users."""

from parlour.core.errors.entry import ApiError


class FriendlyNameMissing(ApiError, status=400, code=50000, message="FriendlyName not provided"):
    """FriendlyName is empty where it is required."""


class FriendlyNameTooLong(ApiError, status=400, code=50003, message="Friendly name too long"):
    """FriendlyName has more characters than the resource allows."""


class ServiceNotFound(ApiError, status=404, code=50050, message="Service instance not found"):
    """A parameter names a service that the account does not have."""


class RoleNotFound(ApiError, status=404, code=50100, message="Role not found"):
    """A user's RoleSid is unknown or not a service role."""


class PermissionNotFound(ApiError, status=400, code=50104, message="Permission not found"):
    """A permission is unknown or does not fit the role's type."""


class InvalidRoleType(ApiError, status=400, code=50105, message="Invalid role type"):
    """Type is neither conversation nor service."""


class ConversationRoleNotFound(ApiError, status=404, code=50109, message="Conversation role not found"):
    """A participant's RoleSid is unknown or not a conversation role; or so is a default of the service."""


class UserAlreadyExists(ApiError, status=409, code=50201, message="User already exists"):
    """The identity is taken in this service."""


class IdentityReserved(ApiError, status=400, code=50203, message="Identity reserved"):
    """The identity is one that parlour uses itself: ``system``."""


class IdentityMissing(ApiError, status=400, code=50204, message="Identity not provided"):
    """A participant was to be made with neither an identity nor an address."""


class IdentityLooksLikeSid(ApiError, status=400, code=50206, message="Identity should not match user SID pattern"):
    """The identity has the pattern of a user's SID."""


class IdentityTooLong(ApiError, status=400, code=50207, message="Identity too long"):
    """The identity has more than 256 characters."""


class InvalidNotificationLevel(ApiError, status=400, code=50210, message="Invalid notification level"):
    """NotificationLevel is neither default nor muted."""


class IdentityNotAcceptable(
    ApiError, status=400, code=50211, message="Identity parameter not acceptable for this Participant"
):
    """An identity was given together with an address or a proxy address."""


class UserConversationLimitExceeded(ApiError, status=403, code=50214, message="User conversation limit exceeded"):
    """The identity already is in 1,000 active and inactive conversations."""
