"""What webhooks are told when a receipt moves on."""

import re
from typing import Any

from parlour.contract.webhook import AnnouncedFact
from parlour.core.facts import FactReader, LoggedEvent
from parlour.resources.receipts.facts import DeliveryUpdated
from parlour.resources.receipts.model import Status
from parlour.resources.receipts.webhook import ANNOUNCEMENTS
from parlour.storage.columns import columns
from tests.account_client import AccountClient
from tests.receipts import record, somebody

NAME = "SM0102030405060708090a0b0c0d0e0f10"


async def told(api: AccountClient) -> list[dict[str, str]]:
    """The events as which the facts about receipts are announced, in order."""
    async with api.parlour.inside.database.session() as reading:
        sql = f"select {columns(LoggedEvent)} from events where service_sid = $1 and type = $2 order by id"
        rows = await reading.fetch(sql, api.service, DeliveryUpdated.__name__)
    (announcement,) = ANNOUNCEMENTS[DeliveryUpdated]
    reader = FactReader([DeliveryUpdated])
    found: list[dict[str, Any]] = []
    for event in [LoggedEvent(*row) for row in rows]:
        fact = reader.read(event)
        assert isinstance(fact, DeliveryUpdated)
        if announcement.when(fact):
            parameters = announcement.parameters(AnnouncedFact(fact, api.service, event.created_at, None))
            assert fact.subject_sid == parameters["DeliveryReceiptSid"]
            found.append({name: value for name, value in parameters.items() if value is not None})
    assert announcement.event == "onDeliveryUpdated"
    return found


async def test_a_webhook_is_told_of_each_status_from_sent_on(api: AccountClient) -> None:
    conversation = await api.made("/Conversations")
    message = await api.made(f"/Conversations/{conversation['sid']}/Messages", Body="Good morning")
    participant = somebody()
    await record(api, message, participant, Status.QUEUED)
    await record(api, message, participant, Status.SENT, channel_message_sid=NAME)
    await record(api, message, participant, Status.SENT)
    receipt = await record(api, message, participant, Status.UNDELIVERED, error_code=30005)
    first, second = await told(api)
    for event in (first, second):
        for date in (event.pop("DateCreated"), event.pop("DateUpdated")):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", date)
    same = {
        "ConversationSid": conversation["sid"],
        "MessageSid": message["sid"],
        "DeliveryReceiptSid": receipt.sid,
        "ChannelMessageSid": NAME,
        "ParticipantSid": participant,
    }
    assert first == {**same, "Status": "sent"}
    assert second == {**same, "Status": "undelivered", "ErrorCode": "30005"}
