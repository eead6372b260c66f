"""Words for tests of the flight recorder: look into it, and wait for what is still on its way."""

import asyncio
from typing import Any

from tests.house import House

DELIVERIES = "/parlour/v1/Webhooks/Deliveries"


async def recorded(house: House, number: int = 1, **query: object) -> list[dict[str, Any]]:
    """The deliveries that *query* means, as soon as there are *number* of them and none is still to be sent."""
    async with asyncio.timeout(30):
        while True:
            rows = (await house.get(DELIVERIES, **query)).rows
            if len(rows) >= number and all(row["state"] != "waiting" for row in rows):
                return rows


async def whole(house: House, sid: str) -> dict[str, Any]:
    """The delivery with its attempts."""
    return (await house.get(f"{DELIVERIES}/{sid}")).row
