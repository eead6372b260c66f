"""What stories say again and again."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.sdk.client_process import Thrown


def update_of(reason: str) -> Callable[[dict[str, Any]], bool]:
    """Of an event that tells an update: that *reason* is among its reasons."""
    return lambda told: reason in told["updateReasons"]


def named(**fields: object) -> Callable[[Any], bool]:
    """Of an event that tells an object: that its *fields* are these."""
    return lambda thing: all(thing.fields[name] == value for name, value in fields.items())


async def refused(call: Awaitable[object]) -> tuple[int | None, int | None]:
    """Status and code with which the server refuses the *call*."""
    with pytest.raises(Thrown) as raised:
        await call
    return raised.value.refusal
