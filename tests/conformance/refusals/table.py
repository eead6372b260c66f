"""The table of refusals: for each entry of the error catalogue the request that meets it."""

from collections.abc import Awaitable, Callable
from typing import Any

from parlour.core.errors import ApiError
from tests.account_client import Answer

Refused = Callable[..., Awaitable[Answer]]
"""A coroutine that asks for fixtures by name, as a test does: ``api``, or ``postgres``. Gives the refusal."""

REFUSALS: dict[type[ApiError], Refused] = {}


def refusal(entry: type[ApiError]) -> Callable[[Refused], Refused]:
    """Puts the decorated coroutine into the table as what meets *entry*; its name says what is done."""

    def put(refused: Refused) -> Refused:
        assert entry not in REFUSALS, entry
        REFUSALS[entry] = refused
        return refused

    return put


def binding(**names: str) -> dict[str, Any]:
    """A messaging binding as parameters: ``binding(Address="+1…")``."""
    return {f"MessagingBinding.{name}": value for name, value in names.items()}
