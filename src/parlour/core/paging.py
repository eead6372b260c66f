"""Pages: where in a list a page begins, and the tokens that carry it to the client and back."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import msgspec

from parlour.core.errors import InvalidPageToken
from parlour.core.signing import Signer

T = TypeVar("T")

PARAMETERS = frozenset({"PageSize", "Page", "PageToken"})
"""What every list takes beside its filters."""


class PageKey(msgspec.Struct, frozen=True, array_like=True):
    """A place between two rows: right after (or, going backward, right before) the row with these sort keys."""

    keys: tuple[Any, ...]
    """Text, numbers or moments, as the list is sorted."""
    backward: bool = False


class PageRequest(msgspec.Struct, frozen=True):
    """What a caller asks of a list: at most *size* rows from *position* on (None: from the start)."""

    size: int
    position: PageKey | None = None


class Page(msgspec.Struct, Generic[T], frozen=True):
    """The rows of one page, and where its neighbours begin (None: there is none)."""

    rows: Sequence[T]
    before: PageKey | None = None
    after: PageKey | None = None
    parents: tuple[str, ...] = ()
    """The SIDs of the objects above the list, in the order of the path, whatever alias the caller used."""
    included: Sequence[Any] = ()
    """What the caller asked to have with each row, for the row's key ``parlour``; empty where it asked for nothing."""
    total: int | None = None
    """How many rows the whole list has, where the caller asked."""


class _Token(msgspec.Struct, frozen=True, array_like=True):
    position: PageKey
    parents: tuple[str, ...]


class PageTokenCodec:
    """Encodes and decodes page tokens: signed page keys (msgpack) that begin with ``PT``.

    The signature covers a *context* (account, list and filters), so a token is valid only where it was issued.
    """

    def __init__(self, secret: bytes) -> None:
        self._signer = Signer(secret, "page tokens", "PT")
        self._decoder = msgspec.msgpack.Decoder(_Token)

    def encode(self, position: PageKey, parents: tuple[str, ...], context: bytes) -> str:
        """The token for *position* in the list below *parents*."""
        return self._signer.sign(msgspec.msgpack.encode(_Token(position, parents)), context)

    def decode(self, token: str, context: bytes) -> tuple[PageKey, tuple[str, ...]]:
        """PageKey and parents of *token*; raises InvalidPageToken if it was not issued for *context*."""
        try:
            opened = self._decoder.decode(self._signer.verify(token, context))
        except ValueError:
            raise InvalidPageToken from None
        return opened.position, opened.parents
