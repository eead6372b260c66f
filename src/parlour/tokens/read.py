"""Reading a token: its parts and header first, then, with the key's secret, the signature and what it says.

The header is read by hand before anything is verified, so that it cannot choose how that is done. Nothing that a
token claims is believed, nor told apart by the answer, before its signature is proved; but for who is to prove it.
"""

import re
from base64 import urlsafe_b64decode
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import jwt
import msgspec

from parlour.core.errors import (
    InvalidToken,
    InvalidTokenGrants,
    InvalidTokenHeader,
    InvalidTokenIssuer,
    InvalidTokenSignature,
    TokenExpired,
    TokenNotYetValid,
)
from parlour.core.identities import is_identity
from parlour.core.sids import Prefix, is_sid
from parlour.tokens.model import (
    ALGORITHMS,
    CONTENT_TYPE,
    MAX_LENGTH,
    MAX_LIFETIME_SECONDS,
    SKEW_SECONDS,
    TYPE,
    AccessToken,
)

_PARTS = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)")
"""Also without a signature, so that ``alg: none`` is refused for what it is."""
_HMAC = {name: jwt.get_algorithm_by_name(name) for name in ALGORITHMS}
MAX_INTEGER = 2**63 - 1
_CHAT = ("chat", "ip_messaging")
"""Names of the chat grant; the second is that of old libraries."""

Claims = Mapping[str, Any]


class UnprovedToken(msgspec.Struct, frozen=True):
    """A token whose header is right, and the API key that it says to be signed by."""

    key_sid: str
    account_sid: str
    algorithm: str
    signed: bytes
    signature: bytes
    claims: Claims

    @property
    def service_sid(self) -> str | None:
        """The service that it is for; None if it says none."""
        service_sid = _chat(self.claims).get("service_sid")
        return service_sid if isinstance(service_sid, str) and is_sid(service_sid, Prefix.SERVICE) else None


def read(text: str, algorithms: Collection[str]) -> UnprovedToken:
    """The token in *text*, whose signature may use *algorithms*.

    Raises InvalidToken, InvalidTokenHeader, InvalidTokenIssuer.
    """
    parts = _PARTS.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if parts is None:
        raise InvalidToken
    header, claims, signature = _object(parts[1]), _object(parts[2]), _bytes(parts[3])
    algorithm = header.get("alg")
    # A header that holds more to be understood ("crit") is not understood.
    if header.get("typ") != TYPE or header.get("cty") != CONTENT_TYPE or "crit" in header:
        raise InvalidTokenHeader
    if not isinstance(algorithm, str) or algorithm not in algorithms or algorithm not in _HMAC:
        raise InvalidTokenHeader
    key_sid, account_sid = claims.get("iss"), claims.get("sub")
    if not (isinstance(key_sid, str) and is_sid(key_sid, Prefix.API_KEY)):
        raise InvalidTokenIssuer
    if not (isinstance(account_sid, str) and is_sid(account_sid, Prefix.ACCOUNT)):
        raise InvalidTokenIssuer
    return UnprovedToken(key_sid, account_sid, algorithm, text[: parts.end(2)].encode(), signature, claims)


def prove(token: UnprovedToken, secret: str, now: datetime) -> AccessToken:
    """What the token says at the moment *now*; *secret* is that of its key.

    Raises InvalidTokenSignature, TokenExpired, TokenNotYetValid, InvalidTokenGrants. The caller has to find out whether
    the account has the service.
    """
    hmac = _HMAC[token.algorithm]
    if not hmac.verify(token.signed, hmac.prepare_key(secret), token.signature):
        raise InvalidTokenSignature
    issued, expires = _times(token.claims, now.timestamp())
    identity, service_sid, chat = _identity(token.claims), token.service_sid, _chat(token.claims)
    if identity is None or service_sid is None:
        raise InvalidTokenGrants
    return AccessToken(
        account_sid=token.account_sid,
        key_sid=token.key_sid,
        service_sid=service_sid,
        identity=identity,
        push_credential_sid=_sid(chat, "push_credential_sid", Prefix.CREDENTIAL),
        deployment_role_sid=_sid(chat, "deployment_role_sid", Prefix.ROLE),
        issued_at=datetime.fromtimestamp(issued, UTC),
        expires_at=datetime.fromtimestamp(expires, UTC),
    )


def _bytes(part: str) -> bytes:
    """What *part* encodes, whose characters are those of base64url."""
    if len(part) % 4 == 1:
        raise InvalidToken
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _object(part: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(_bytes(part), type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise InvalidToken from None


def _times(claims: Claims, now: float) -> tuple[float, float]:
    """When the token was made and when it ends; raises TokenExpired, TokenNotYetValid."""
    issued, not_before, expires = (_seconds(claims.get(name)) for name in ("iat", "nbf", "exp"))
    made = next((each for each in (issued, not_before) if each is not None), now)
    if expires is None or (issued is None and claims.get("iat") is not None):
        raise TokenExpired
    if expires < now - SKEW_SECONDS or expires > made + MAX_LIFETIME_SECONDS + SKEW_SECONDS:
        raise TokenExpired
    if not_before is None and claims.get("nbf") is not None:
        raise TokenNotYetValid
    if any(each is not None and each > now + SKEW_SECONDS for each in (issued, not_before)):
        raise TokenNotYetValid
    return made, expires


def _seconds(value: object) -> float | None:
    """A time as tokens have it, since 1970; None if it is none."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _grants(claims: Claims) -> Mapping[str, Any]:
    grants = claims.get("grants")
    return grants if isinstance(grants, dict) else {}


def _chat(claims: Claims) -> Mapping[str, Any]:
    """The chat grant; empty if there is none."""
    grants = _grants(claims)
    return next((grants[name] for name in _CHAT if isinstance(grants.get(name), dict)), {})


def _identity(claims: Claims) -> str | None:
    """The identity, if it is one that a user can have. Some libraries leave a number a number."""
    identity = _grants(claims).get("identity")
    is_number = isinstance(identity, int) and not isinstance(identity, bool) and abs(identity) <= MAX_INTEGER
    text = str(identity) if is_number else identity
    return text if isinstance(text, str) and is_identity(text) else None


def _sid(chat: Mapping[str, Any], name: str, prefix: Prefix) -> str | None:
    """What of the grant may be missing; raises InvalidTokenGrants if it is of the wrong kind."""
    value = chat.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not is_sid(value, prefix):
        raise InvalidTokenGrants
    return value
