"""A parlour of its own with a virtual clock, since all accounts of a database have the same."""

from collections.abc import AsyncIterator

import pytest

from tests.database import migrated_database
from tests.house import House, new_house
from tests.server import serving


@pytest.fixture
async def virtual(postgres: str) -> AsyncIterator[House]:
    """An account in a parlour whose clock can be moved."""
    async with migrated_database(postgres) as url, serving(url, clock="virtual") as parlour:
        yield await new_house(parlour)
