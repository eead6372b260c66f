"""Minting: makes a token, as the server of an integrator does with one of the official libraries."""

from datetime import datetime, timedelta

import jwt

from parlour.tokens.model import CONTENT_TYPE, DEFAULT_ALGORITHM, AccessToken


def mint(token: AccessToken, secret: str) -> str:
    """The text of *token*, signed with the *secret* of its key."""
    chat = {
        "service_sid": token.service_sid,
        "push_credential_sid": token.push_credential_sid,
        "deployment_role_sid": token.deployment_role_sid,
    }
    issued = int(token.issued_at.timestamp())
    claims = {
        "jti": f"{token.key_sid}-{issued}",
        "iss": token.key_sid,
        "sub": token.account_sid,
        "iat": issued,
        "exp": int(token.expires_at.timestamp()),
        "grants": {
            "identity": token.identity,
            "chat": {name: value for name, value in chat.items() if value is not None},
        },
    }
    return jwt.encode(claims, secret, DEFAULT_ALGORITHM, {"cty": CONTENT_TYPE})


def token_for(
    identity: str, *, account_sid: str, service_sid: str, key_sid: str, now: datetime, lifetime_seconds: int
) -> AccessToken:
    """What a token says that lets the user act in the service for so long from *now* on."""
    begins = now.replace(microsecond=0)
    return AccessToken(
        account_sid=account_sid,
        key_sid=key_sid,
        service_sid=service_sid,
        identity=identity,
        push_credential_sid=None,
        deployment_role_sid=None,
        issued_at=begins,
        expires_at=begins + timedelta(seconds=lifetime_seconds),
    )
