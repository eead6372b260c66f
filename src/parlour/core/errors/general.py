"""Refusals that any operation can meet."""

import os

from parlour.core.errors.entry import ApiError


class InvalidParameter(ApiError, status=400, code=20001, message="Invalid parameter {name}"):
    """A parameter's value is of the wrong kind."""


class MissingParameter(ApiError, status=400, code=20001, message="Missing required parameter {name} in the post body"):
    """A required parameter was not sent."""


class MissingIdentityOrAddress(
    ApiError, status=400, code=20001, message="Missing required parameter Identity or Address"
):
    """ParticipantConversations was asked with neither Identity nor Address."""


class InvalidBody(ApiError, status=400, code=20001, message="Invalid form in body or query: {reason}"):
    """The request's body or query string is not a UTF-8 form."""


class Unauthenticated(ApiError, status=401, code=20003, message="Authenticate"):
    """Credentials are missing, wrong or revoked."""


class TooManyGuesses(ApiError, status=429, code=20429, message="Too Many Requests: too many wrong credentials"):
    """The address sent more than 100 wrong credentials at once, or more than one a second. One that was right lately
    is let in nevertheless."""


class CrossSite(
    ApiError,
    status=403,
    code=20403,
    message="Forbidden: the page of another site sent this request; a program that means it sends"
    " X-Twilio-Webhook-Enabled, too",
):
    """A browser says that the request comes from the page of another site, and it changes something or becomes part of
    that page. The browser may have added credentials that it remembers."""


class MethodNotAllowed(ApiError, status=405, code=20004, message="Method not allowed"):
    """The method is not defined on the path."""


class NotFound(ApiError, status=404, code=20404, message="The requested resource was not found"):
    """Path, object, parent or service is unknown, or lies outside the caller's scope.

    The entry point puts the path that was asked into the message.
    """


class Conflict(ApiError, status=409, code=20409, message="Conflict"):
    """The state of the object does not allow the change, and no code of its own says so; or other changes to it
    were not done in time, and the change may be sent again."""


class RoleInUse(ApiError, status=409, code=20409, message="Conflict: the role is in use or set as a default"):
    """A role was to be deleted that users or participants have, or that is a default of its service."""


class DefaultServiceInUse(
    ApiError,
    status=400,
    code=20001,
    message="The default service can't be deleted; set another default first",
):
    """The account's default service was to be deleted."""


class BodyTooLarge(ApiError, status=413, code=20413, message="Request entity too large"):
    """The request's body is larger than any valid one can be."""


class MalformedRequest(ApiError, status=400, code=20001, message="Malformed HTTP request"):
    """What came over the connection is no request of HTTP/1.1, or its Host header names no host, or more than 16 wait
    in the connection for their answers."""


class TargetTooLong(
    ApiError, status=414, code=20001, message="Request target too long; with the headers at most 64 KB"
):
    """The path and query of the request, with its headers, are larger than 64 KB, and most of that is the path and
    query."""


class HeadTooLarge(
    ApiError, status=431, code=20001, message="Request headers too large; at most 100 headers and 64 KB in all"
):
    """The request has more than 100 headers, or more than 64 KB of them."""


class UnknownHttpVersion(ApiError, status=505, code=20001, message="HTTP version not supported; use HTTP/1.1"):
    """The request is in another version of HTTP than 1.0 and 1.1."""


class UnsupportedMediaType(
    ApiError,
    status=415,
    code=20001,
    message="Unsupported content type; send application/x-www-form-urlencoded or multipart/form-data",
):
    """The request's body is not declared as a form."""


class InvalidPageToken(ApiError, status=400, code=21481, message="Invalid PageToken"):
    """The page token is malformed, altered, or belongs to another list or filter."""


class ServerFault(ApiError, status=500, code=20500, message="Internal Server Error"):
    """A fault of parlour's own; the log has the traceback under the request's id."""


class Unavailable(ApiError, status=503, code=20503, message="Service unavailable"):
    """The database does not answer, or takes no writes."""

    @property
    def reason(self) -> str:
        """What kept it from that, without words that may quote a row."""
        cause = self.__cause__
        if isinstance(cause, OSError) and cause.errno is not None and cause.errno > 0:
            return f"{type(cause).__name__}: {os.strerror(cause.errno)}"
        return type(cause or self).__name__


class AttributesTooLong(ApiError, status=400, code=50303, message="Attributes too long"):
    """Attributes take more bytes than the resource allows."""


class AttributesNotJson(ApiError, status=400, code=50304, message="Attributes not valid JSON"):
    """Attributes are not a JSON text."""


class InvalidDateCreated(ApiError, status=400, code=50308, message="Invalid Date Created parameter"):
    """DateCreated is not an ISO 8601 moment."""


class InvalidDateUpdated(ApiError, status=400, code=50309, message="Invalid Date Updated parameter"):
    """DateUpdated is not an ISO 8601 moment."""


class AuthorTooLong(ApiError, status=400, code=50310, message="Author parameter is too long"):
    """Author has more than 256 characters."""
