"""Refusals about messages."""

from parlour.core.errors.entry import ApiError


class BodyMissing(ApiError, status=400, code=50503, message="Message body not provided"):
    """A message was to be made with nothing in it."""


class BodyTooLong(ApiError, status=400, code=50504, message="Message body parameter is too long"):
    """Body takes more than 32 KB."""


class AuthorNotInGroup(
    ApiError, status=400, code=50513, message="Message author should be among Group MMS participants"
):
    """In a group MMS, the author is neither the identity nor an address of a participant."""


class MediaNotFound(ApiError, status=404, code=50507, message="Media not found"):
    """MediaSid names no stored media; parlour stores none yet."""


class InvalidMediaSid(ApiError, status=400, code=50510, message="Invalid message media SID"):
    """MediaSid is not ``ME`` and 32 hexadecimal digits."""


class InvalidContentSid(ApiError, status=400, code=50526, message="Invalid content SID"):
    """ContentSid is not ``HX`` and 32 hexadecimal digits, or names no stored content; parlour stores none yet."""


class InvalidContentVariables(ApiError, status=400, code=50527, message="Invalid content variables format"):
    """ContentVariables is not a JSON object."""


class ContentSidMissing(ApiError, status=400, code=50528, message="Content SID is missing"):
    """ContentVariables were sent without ContentSid."""


class ContentVariablesTooLong(ApiError, status=400, code=50529, message="Content variables too long"):
    """ContentVariables hold more than 100 variables, or more than 27,801 characters in all."""


class ContentVariableNameTooLong(ApiError, status=400, code=50540, message="Content variables key too long"):
    """The name of a variable in ContentVariables has more than 16 characters."""


class ContentVariableTooLong(ApiError, status=400, code=50541, message="Content variables value too long"):
    """The value of a variable in ContentVariables has more than 256 characters."""
