"""Databases of a test module's own, opened the way parlour opens them."""

from collections.abc import AsyncIterator

import pytest

from parlour.storage.database import Database


@pytest.fixture(scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    """The migrated database of this worker, through a pool of four connections."""
    async with Database(database_url, connections=4) as opened:
        yield opened
