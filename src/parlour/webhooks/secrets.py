"""SigningSecrets: the auth tokens that sign webhooks, remembered for a moment."""

import time
from functools import partial

from parlour.resources.accounts import actions as accounts
from parlour.runtime.node import Node

TTL_SECONDS = 5.0
"""How long a token is believed to be the account's; a changed one signs from then on."""


class SigningSecrets:
    """The auth tokens of accounts."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._known: dict[str, tuple[float, str]] = {}

    async def of(self, account_sid: str) -> str:
        """The account's auth token; empty if the account is gone."""
        until, token = self._known.get(account_sid, (0.0, ""))
        if time.monotonic() > until:
            # Many lanes are begun at once; they need not all ask.
            token = await self._node.single_flight.do(("auth token", account_sid), partial(self._read, account_sid))
            self._known[account_sid] = (time.monotonic() + TTL_SECONDS, token)
        return token

    async def _read(self, account_sid: str) -> str:
        return await accounts.auth_token(self._node, account_sid) or ""
