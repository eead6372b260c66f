"""Refusals about conversations."""

from parlour.core.errors.entry import ApiError


class UniqueNameTooLong(ApiError, status=400, code=50004, message="Unique name too long"):
    """UniqueName has more than 256 characters."""


class InvalidMessagingServiceSid(ApiError, status=400, code=50341, message="Invalid messaging service SID"):
    """MessagingServiceSid is not ``MG`` and 32 hexadecimal digits."""


class UniqueNameTaken(
    ApiError, status=409, code=50353, message="Conversation with provided unique name already exists"
):
    """Another conversation of the service, closed or not, has the unique name."""


class StateEmpty(ApiError, status=400, code=50374, message="'State' field can't be empty"):
    """State was sent without a value."""


class InactiveTimerTooShort(
    ApiError, status=400, code=50375, message="TimeToInactive should be greater or equal to 1 minute"
):
    """Timers.Inactive is less than PT1M."""


class ClosedTimerTooShort(
    ApiError, status=400, code=50376, message="TimeToClosed should be greater or equal to 10 minutes"
):
    """Timers.Closed is less than PT10M."""


class ConversationClosed(
    ApiError, status=400, code=50377, message="Can't update conversation as it's in final closed state"
):
    """A write on a closed conversation; only deleting it is allowed."""


class InvalidState(ApiError, status=400, code=50378, message="'State' parameter value is invalid"):
    """State is not active, inactive or closed."""


class InvalidInactiveTimer(ApiError, status=400, code=50379, message="TimeToInactive format is invalid"):
    """Timers.Inactive is not an ISO 8601 duration."""


class InvalidClosedTimer(ApiError, status=400, code=50380, message="TimeToClosed format is invalid"):
    """Timers.Closed is not an ISO 8601 duration."""


class InitialStateClosed(ApiError, status=400, code=50384, message="Initial state can't be 'closed'"):
    """A conversation was to be created closed."""


class ConversationInitializing(
    ApiError,
    status=409,
    code=50386,
    message="Conversation in 'initializing' state may not be updated or used for message sending",
):
    """A write on a conversation whose participants are still being added; only deleting it is allowed."""


class UniqueNameLooksLikeSid(
    ApiError, status=400, code=50390, message="Unique name should not match conversation sid pattern"
):
    """UniqueName has the pattern of a conversation's SID."""


class EndBeforeStart(
    ApiError, status=400, code=50396, message="EndDate parameter should be greater than StartDate parameter"
):
    """EndDate lies before StartDate."""
