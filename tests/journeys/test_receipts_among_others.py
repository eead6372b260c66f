"""Receipts come in while their message, its conversation or its service goes away: all is counted, nothing is left."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from parlour.core.errors import NotFound
from parlour.resources.receipts.model import Status
from tests.account_client import AccountClient
from tests.journeys.plain import contradictions
from tests.receipts import record, somebody

ROUNDS = 10
NEWS = (Status.QUEUED, Status.SENT, Status.DELIVERED, Status.READ)


async def news(api: AccountClient, message: dict[str, Any], *recipients: str) -> None:
    """Everything that carriers tell of the message, at once, as far as it is still there."""
    told = [record(api, message, each, status) for each in recipients for status in NEWS]
    outcomes = await asyncio.gather(*told, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes if isinstance(outcome, BaseException)} <= {NotFound}


@pytest.mark.parametrize("what", ["message", "conversation", "service"])
async def test_receipts_arrive_while_what_they_are_about_is_deleted(api: AccountClient, what: str) -> None:
    for number in range(ROUNDS):
        other = api.in_service((await api.made("/v1/Services", FriendlyName="short-lived"))["sid"])
        conversation = (await other.made("/Conversations"))["sid"]
        path = f"/Conversations/{conversation}"
        message, kept = [await other.made(path + "/Messages", Body="text") for _ in range(2)]
        recipients = [somebody() for _ in range(3)]
        await record(other, message, recipients[0])
        removals = {
            "message": f"{path}/Messages/{message['sid']}",
            "conversation": path,
            "service": f"/v1/Services/{other.service}",
        }
        doings: list[Coroutine[Any, Any, Any]] = [news(other, message, *recipients), news(other, kept, *recipients)]
        doings.insert(number % 3, other.delete(removals[what]))
        outcomes = await asyncio.gather(*doings)
        assert outcomes[number % 3].status == 204
        assert await contradictions(other.parlour.inside.database, other.service) == {}
        left = {"message": 3}.get(what, 0)
        async with api.parlour.inside.database.session() as reading:
            sql = "select count(*) from receipts where service_sid = $1"
            assert await reading.fetchval(sql, other.service) == left


async def test_messages_are_edited_and_sent_while_their_receipts_come_in(api: AccountClient) -> None:
    path = f"/Conversations/{(await api.made('/Conversations'))['sid']}/Messages"
    message = await api.made(path, Body="text")
    recipients = [somebody() for _ in range(5)]
    await asyncio.gather(
        news(api, message, *recipients),
        *(api.post(f"{path}/{message['sid']}", Body=str(number)) for number in range(10)),
        *(api.post(path, Body=str(number)) for number in range(10)),
    )
    shown = (await api.get(f"{path}/{message['sid']}")).row["delivery"]
    assert shown == {
        "total": 5,
        "sent": "all",
        "delivered": "all",
        "read": "all",
        "failed": "none",
        "undelivered": "none",
    }
    assert await contradictions(api.parlour.inside.database, api.service) == {}
