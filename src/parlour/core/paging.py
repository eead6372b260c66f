"""Pages: where in a list a page begins, and the tokens that carry it to the client and back."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import msgspec

from parlour.core.errors import InvalidPageToken

T = TypeVar("T")

PARAMETERS = frozenset({"PageSize", "Page", "PageToken"})
"""What every list takes beside its filters."""


class Position(msgspec.Struct, frozen=True, array_like=True):
    """A place between two rows: right after (or, going backward, right before) the row with these sort keys."""

    keys: tuple[Any, ...]
    """Text, numbers or moments, as the list is sorted."""
    backward: bool = False


class PageRequest(msgspec.Struct, frozen=True):
    """What a caller asks of a list: at most *size* rows from *position* on (None: from the start)."""

    size: int
    position: Position | None = None


class Page(msgspec.Struct, Generic[T], frozen=True):
    """The rows of one page, and where its neighbours begin (None: there is none)."""

    rows: Sequence[T]
    before: Position | None = None
    after: Position | None = None
    parents: tuple[str, ...] = ()
    """The SIDs of the objects above the list, in the order of the path, whatever alias the caller used."""
    included: Sequence[Any] = ()
    """What the caller asked to have with each row, for the row's key ``parlour``; empty where it asked for nothing."""
    total: int | None = None
    """How many rows the whole list has, where the caller asked."""


class _Sealed(msgspec.Struct, frozen=True, array_like=True):
    position: Position
    parents: tuple[str, ...]


class PageTokens:
    """Makes and opens page tokens: ``PT`` + base64url of 16 bytes of HMAC-SHA-256 and the position (msgpack).

    The seal also covers a *context* (account, list and filters), so a token opens only where it was issued.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = hashlib.sha256(b"page tokens" + secret).digest()
        self._decoder = msgspec.msgpack.Decoder(_Sealed)

    def seal(self, position: Position, parents: tuple[str, ...], context: bytes) -> str:
        """The token for *position* in the list below *parents*."""
        payload = msgspec.msgpack.encode(_Sealed(position, parents))
        return "PT" + urlsafe_b64encode(self._mac(payload, context) + payload).decode().rstrip("=")

    def open(self, token: str, context: bytes) -> tuple[Position, tuple[str, ...]]:
        """Position and parents of *token*; raises InvalidPageToken if it was not issued for *context*."""
        try:
            sealed = urlsafe_b64decode(token[2:].encode("ascii") + b"=" * (-(len(token) - 2) % 4))
        except ValueError:
            raise InvalidPageToken from None
        mac, payload = sealed[:16], sealed[16:]
        if not token.startswith("PT") or not hmac.compare_digest(mac, self._mac(payload, context)):
            raise InvalidPageToken
        opened = self._decoder.decode(payload)
        return opened.position, opened.parents

    def _mac(self, payload: bytes, context: bytes) -> bytes:
        return hmac.digest(self._secret, len(context).to_bytes(4) + context + payload, "sha256")[:16]
