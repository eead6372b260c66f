"""Refusals about access tokens: only client SDKs meet them, in the order of these entries."""

from parlour.core.errors.entry import ApiError


class InvalidToken(ApiError, status=401, code=20101, message="Invalid Access Token"):
    """It is not three parts in base64url with dots between them, or header or payload is no JSON object."""


class InvalidTokenHeader(ApiError, status=401, code=20102, message="Invalid Access Token header"):
    """``typ`` is not JWT, ``cty`` is not twilio-fpa;v=1, or token_algorithms does not name its ``alg``."""


class InvalidTokenIssuer(ApiError, status=401, code=20103, message="Invalid Access Token issuer/subject"):
    """``iss`` is no API key that exists, or ``sub`` is not the account that owns it."""


class TokenExpired(ApiError, status=401, code=20104, message="Access Token expired or expiration date invalid"):
    """``exp`` is missing, in the past, or more than 24 hours after ``iat``, ``nbf`` or now, the first that there is."""


class TokenNotYetValid(ApiError, status=401, code=20105, message="Access Token not yet valid"):
    """``nbf`` or ``iat`` is in the future."""


class InvalidTokenGrants(ApiError, status=401, code=20106, message="Invalid Access Token grants"):
    """There is no identity that a user can have, or the chat grant names no service of the account; or a new token
    is for another user than the session."""


class InvalidTokenSignature(ApiError, status=401, code=20107, message="Invalid Access Token signature"):
    """The token was not signed with the secret of the API key that it names."""
