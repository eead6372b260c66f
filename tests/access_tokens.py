"""Access tokens as an integrator's server makes them, signed by hand, so that each part of them can be wrong."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from parlour.resources.accounts.actions import create_key
from tests.account_client import AccountClient

HEADER = {"cty": "twilio-fpa;v=1", "typ": "JWT", "alg": "HS256"}
LIFETIME_SECONDS = 3600
HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}

Key = tuple[str, str]
"""SID and secret of an API key."""


async def new_key(api: AccountClient) -> Key:
    """An API key of the account."""
    key, secret = await create_key(api.parlour.inside, api.account, "signs tokens")
    return key.sid, secret


async def token_for(
    api: AccountClient, identity: str, *, key: Key | None = None, header: Mapping[str, Any] = HEADER, **changes: Any
) -> str:
    """A token for *identity* in the client's service, by the server's clock, signed by *key* or by a new one.

    *changes* are claims in place of those that it would have; None leaves a claim out.
    """
    signer = key or await new_key(api)
    claims = {**claims_for(api, identity, signer), **changes}
    return signed({name: value for name, value in claims.items() if value is not None}, signer[1], header)


def claims_for(api: AccountClient, identity: str, key: Key) -> dict[str, Any]:
    """What such a token says."""
    now = int(api.parlour.clock.now().timestamp())
    return {
        "jti": f"{key[0]}-{now}",
        "iss": key[0],
        "sub": api.account,
        "iat": now,
        "exp": now + LIFETIME_SECONDS,
        "grants": {"identity": identity, "chat": {"service_sid": api.service}},
    }


def signed(claims: Mapping[str, Any], secret: str, header: Mapping[str, Any] = HEADER) -> str:
    """The token with these *claims*; with an algorithm that uses no secret its signature is empty."""
    parts = f"{_part(header)}.{_part(claims)}"
    hash = HASHES.get(str(header.get("alg")))
    signature = b"" if hash is None else hmac.new(secret.encode(), parts.encode(), hash).digest()
    return f"{parts}.{_base64(signature)}"


def _part(value: Mapping[str, Any]) -> str:
    return _base64(json.dumps(value).encode())


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
