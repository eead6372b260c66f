"""Signatures: how a receiver knows that a call comes from this server (``X-Twilio-Signature``)."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from functools import lru_cache


def signed_text(url: str, parameters: Mapping[str, str]) -> str:
    """The text that the signature of a call is of: the URL as it is called, then each form parameter, sorted by the
    bytes of its name, name and value without anything between. A GET has no form: all is in its URL."""
    parts = [url]
    for name in sorted(parameters):
        parts += name, parameters[name]
    return "".join(parts)


def signature(token: str, text: str) -> str:
    """HMAC-SHA1 of *text* with the account's auth token, in Base64."""
    mac = _keyed(token).copy()
    mac.update(text.encode())
    return base64.b64encode(mac.digest()).decode()


@lru_cache(100)
def _keyed(token: str) -> hmac.HMAC:
    """What signs with the token; to copy it is much quicker than to let OpenSSL look for SHA-1 again."""
    return hmac.new(token.encode(), digestmod=hashlib.sha1)
