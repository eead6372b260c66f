"""A parlour of its own with a virtual clock, since all accounts of a database have the same."""

from collections.abc import AsyncIterator

import pytest

from tests.account_client import AccountClient, new_account
from tests.database import migrated_database
from tests.server import serving


@pytest.fixture
async def virtual(postgres: str) -> AsyncIterator[AccountClient]:
    """An account in a parlour whose clock can be moved."""
    async with migrated_database(postgres) as url, serving(url, clock="virtual") as parlour:
        yield await new_account(parlour)
