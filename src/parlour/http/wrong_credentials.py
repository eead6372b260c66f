"""Wrong credentials: logged for the operator in a detail that HTTP callers never see."""

import asyncio
import time
from collections.abc import Callable

import structlog

from parlour.core.errors import ApiError
from parlour.core.networks import address
from parlour.core.sids import Prefix, is_sid
from parlour.resources.accounts import actions
from parlour.runtime.metrics import WRONG_CREDENTIALS
from parlour.runtime.node import Node

INTERVAL_SECONDS = 10.0
"""Between two lines; what is tried meanwhile is counted in the next."""
_SHOW_TOKEN = "parlour account list --show-tokens shows its auth token."  # noqa: S105
_NEW_KEY = "It was shown once, when the key was made; parlour key create makes another."

_log = structlog.get_logger("parlour.credentials")


class WrongCredentials:
    """Says what was tried and what would be right. A secret is never in it, nor a username that may be one."""

    def __init__(self, node: Node, now: Callable[[], float] = time.monotonic) -> None:
        self._node, self._now = node, now
        self._next_at = 0.0
        self._kept_back = 0
        self._telling: set[asyncio.Task[None]] = set()

    def note(self, username: str, client: str, was_looked_at: bool) -> None:
        """Counts a wrong secret, and logs it for the operator. *was_looked_at*: or was one of too many."""
        self._node.metrics.count(WRONG_CREDENTIALS, "401" if was_looked_at else "429")
        self.tried(username, client)

    def tried(self, username: str, client: str) -> None:
        """Somebody at the address *client* tried *username* with a secret that does not belong to it."""
        if self._now() < self._next_at:
            self._kept_back += 1
            return
        self._next_at = self._now() + INTERVAL_SECONDS
        more, self._kept_back = self._kept_back, 0
        # Beside the call, whose answer must not take longer for a name that there is.
        task = asyncio.create_task(self._tell(username, client, more))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell(self, username: str, client: str, more: int) -> None:
        try:
            sentence = await self._sentence(username, client)
        except ApiError:  # the database does not answer; that is logged elsewhere
            return
        others = f" ({more} more since the last such line.)" if more else ""
        _log.warning(f"Wrong credentials from {client or 'a local socket'}: {sentence}{others}")

    async def _sentence(self, username: str, client: str) -> str:
        is_account, is_key = is_sid(username, Prefix.ACCOUNT), is_sid(username, Prefix.API_KEY)
        is_known = (is_account or is_key) and await actions.is_known(self._node, username)
        if is_known and is_account:
            return f"the auth token sent for account {username} is wrong. {_SHOW_TOKEN}"
        if is_known:
            return (
                f"the secret sent for API key {username} is wrong. It was shown once; parlour key create makes another."
            )
        if is_key:
            return f"there is no API key {username}. parlour key list shows those of an account."
        said = f"there is no account {username}." if is_account else "the username is no Account SID and no API key."
        only = await actions.only_account(self._node) if _is_here(client) else None
        if only is None:
            return f"{said} parlour account list shows the accounts."
        return f"{said} The account here is {only}; {_SHOW_TOKEN}"


def _is_here(client: str) -> bool:
    found = address(client)
    return found is not None and found.is_loopback
