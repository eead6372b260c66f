"""Authentication: HTTP Basic with an account's SID and auth token, or an API key's SID and secret."""

import binascii
import hashlib
import secrets
import time
from base64 import b64decode
from collections.abc import Awaitable, Callable

import falcon.asgi

from parlour.core.actor import AccountKey, Principal
from parlour.core.errors import PermissionDenied, TooManyGuesses, Unauthenticated
from parlour.http.guesses import Guesses
from parlour.runtime.proofs import Proofs

Check = Callable[[str, str], Awaitable[Principal | None]]
OnWrong = Callable[[str, str, bool], None]


class Authenticator:
    """Proves Authorization headers, and remembers for some seconds those that were proved.

    *on_wrong*: told the username and the client's address of one that proves nothing, and whether it was looked at.
    A header that was right before is always looked at: who shares an address with somebody who guesses goes on.

    The memory is keyed by a hash with a secret of this process, so that looking something up in it tells nobody how
    much of a guess was right.
    """

    def __init__(self, check: Check, on_wrong: OnWrong, now: Callable[[], float] = time.monotonic) -> None:
        self._check, self._on_wrong = check, on_wrong
        self._guesses = Guesses(now)
        self._salt = secrets.token_bytes(32)
        self._proofs: Proofs[Principal] = Proofs(now)

    async def __call__(self, header: str | None, client: str = "") -> Principal:
        """Whom *header*, sent from *client*, proves; raises Unauthenticated, TooManyGuesses."""
        if header is None:
            raise Unauthenticated
        key = hashlib.blake2b(header.encode("utf-8", "surrogateescape"), key=self._salt, digest_size=32).digest()
        remembered = self._proofs.get(key)
        if remembered is not None:
            return remembered
        asked_at = self._proofs.now()
        username, password = _basic(header)
        if not (self._guesses.take(client) or self._proofs.had(key)):
            self._on_wrong(username, client, False)
            raise TooManyGuesses
        principal = await self._check(username, password)
        if principal is None:
            self._proofs.forget(key)
            self._on_wrong(username, client, True)
            raise Unauthenticated
        self._guesses.give_back(client)
        self._proofs.keep(key, principal, asked_at)
        return principal


def proved(request: falcon.asgi.Request) -> Principal:
    """The caller; raises Unauthenticated if no credential was proved, however the request got past the middleware."""
    principal: Principal | None = request.context.principal
    if principal is None:
        raise Unauthenticated
    return principal


def proved_account(request: falcon.asgi.Request) -> AccountKey:
    """The account that calls, for what shows all that is in it. Raises Unauthenticated; PermissionDenied to a user."""
    principal = proved(request)
    if not isinstance(principal, AccountKey):
        raise PermissionDenied
    return principal


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise Unauthenticated
    try:
        username, colon, password = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise Unauthenticated from None
    if not colon or "\0" in username:
        raise Unauthenticated
    return username, password
