"""Signing: opaque texts that this server hands out and takes back, such as page tokens and cursors of the feed."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode


class Signer:
    """Signs and verifies texts: a *prefix* + base64url of 16 bytes of keyed BLAKE2b and the content.

    Others can read but not make or change them. The signature also covers a *context*, so that a text is valid only
    where it is meant to.
    """

    def __init__(self, secret: bytes, purpose: str, prefix: str) -> None:
        self._secret = hashlib.sha256(purpose.encode() + secret).digest()
        self._prefix = prefix

    def sign(self, content: bytes, context: bytes) -> str:
        """The text for *content*."""
        return self._prefix + urlsafe_b64encode(self._mac(content, context) + content).decode().rstrip("=")

    def verify(self, text: str, context: bytes) -> bytes:
        """The content of *text*; raises ValueError if it was not made for *context*."""
        inside = text.removeprefix(self._prefix)
        signed = urlsafe_b64decode(inside.encode("ascii") + b"=" * (-len(inside) % 4))
        mac, content = signed[:16], signed[16:]
        if inside == text or not hmac.compare_digest(mac, self._mac(content, context)):
            raise ValueError("it was not made here")
        return content

    def _mac(self, content: bytes, context: bytes) -> bytes:
        signed = len(context).to_bytes(4) + context + content
        return hashlib.blake2b(signed, key=self._secret, digest_size=16).digest()
