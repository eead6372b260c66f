"""What every event tells: exactly the published parameters, in the published formats, with the values of REST."""

import json
import re
from collections.abc import AsyncIterator
from enum import Enum
from typing import Any

import pytest
from twilio.request_validator import RequestValidator

from parlour.core.webhook_events import CONVERSATION_EVENTS, EVENTS, PostEvent, PreEvent
from tests.account_client import AccountClient, new_account
from tests.database import migrated_database
from tests.receiver import Received, Receiver
from tests.server import MovableClock, serving
from tests.webhooks.conftest import made
from tests.webhooks.occasions import CASES, Case, Stage
from tests.webhooks.published import EVERY, JSON, PUBLISHED, TIME

OWN = {"CH": "conversation_sid", "IM": "message_sid", "MB": "participant_sid", "US": "user_sid"}
"""What an event calls the SID of a row, by its beginning."""

SHOWN_OTHERWISE = {
    "StateUpdated": "date_updated",
    "StateTo": "state",
    "RoleSid": "role_sid",
    "DeliveryReceiptSid": "sid",
    "MessagingBinding.ProxyAddress": "proxy_address",
    "MessagingBinding.Address": "address",
    "MessagingBinding.ProjectedAddress": "projected_address",
    "MessagingBinding.Name": "name",
    "MessagingBinding.Level": "level",
    "isOnline": "is_online",
    "isNotifiable": "is_notifiable",
}
"""Under which names REST shows what an event tells, where that is not the same in other letters."""


class Place(Enum):
    """Where a webhook is configured."""

    ACCOUNT = "account"
    SERVICE = "service"
    CONVERSATION = "conversation"
    TRIGGER = "trigger"

    async def tell(self, stage: Stage, url: str, event: str) -> None:
        """Configures a webhook here for that event alone."""
        at = {
            Place.ACCOUNT: "/v1/Configuration/Webhooks",
            Place.SERVICE: f"/v1/Services/{stage.api.service}/Configuration/Webhooks",
        }.get(self, f"{stage.path}/Webhooks")
        form: dict[str, object] = {"PreWebhookUrl": url, "PostWebhookUrl": url, "Filters": event}
        if self is Place.CONVERSATION:
            form = {"Target": "webhook", "Configuration.Url": url, "Configuration.Filters": event}
        if self is Place.TRIGGER:
            form = {"Target": "trigger", "Configuration.Url": url, "Configuration.Triggers": ["Refund", "never"]}
        answer = await stage.api.post(at, **form)
        assert answer.status in (200, 201), answer.body


def check(received: Received, event: PreEvent | PostEvent, api: AccountClient, row: dict[str, Any], case: Case) -> None:
    """It tells exactly what is published, in that form, and the same as REST; the official library believes it."""
    told = received.parameters
    formats = {name: form for name, form in {**EVERY, **PUBLISHED[event]}.items() if name not in case.without}
    assert set(told) == set(formats)
    for name, form in formats.items():
        assert re.fullmatch(form, told[name], re.DOTALL), (name, told[name])
        if form == JSON:
            assert isinstance(json.loads(told[name]), dict)
    assert (told["EventType"], told["AccountSid"], told["ChatServiceSid"]) == (event, api.account, api.service)
    assert told["Source"] == ("SYSTEM" if event is PostEvent.DELIVERY_UPDATED else "API")
    for name, value in as_shown(row, told).items():
        assert told[name] == value or (told[name][:19] == value[:19] and formats[name] == TIME), name
    validator = RequestValidator(api.token)
    assert validator.validate(received.url, told, received.headers["X-Twilio-Signature"])


def as_shown(row: dict[str, Any], told: dict[str, str]) -> dict[str, str]:
    """What REST says of the same, by the names of the event; SIDs and dates of what does not exist yet are not told."""
    row = {**row, **(row.get("messaging_binding") or {})}
    row.setdefault(OWN.get(row["sid"][:2], "sid"), row["sid"])
    shown = {}
    for name in told:
        key = SHOWN_OTHERWISE.get(name) or re.sub("(?<!^)([A-Z])", r"_\1", name).lower()
        if row.get(key) is not None:
            shown[name] = str(row[key]).lower() if isinstance(row[key], bool) else str(row[key])
    return shown


BEFORE = [(name, each) for name, each in CASES.items() if each.pre is not None]


@pytest.mark.parametrize("place", [Place.ACCOUNT, Place.SERVICE])
@pytest.mark.parametrize(("name", "case"), BEFORE, ids=[name for name, _ in BEFORE])
async def test_before_a_change_exactly_the_published_is_told_when(
    api: AccountClient, receiver: Receiver, clock: MovableClock, place: Place, name: str, case: Case
) -> None:
    clock.freeze()
    stage = await Stage.set(api)
    assert case.pre is not None
    await place.tell(stage, receiver.url + "/pre?tenant=7", case.pre)
    row = await case.act(stage)
    not_told_before = case.without & set(PUBLISHED[case.pre])
    told = Case(case.act, case.pre, None, not_told_before)
    check(await receiver.next(), case.pre, api, row, told)
    assert receiver.is_idle


AFTER = [
    (name, each, place)
    for name, each in CASES.items()
    for place in (Place.ACCOUNT, Place.SERVICE, Place.CONVERSATION)
    if each.post is not None
    and (place is not Place.CONVERSATION or each.post in CONVERSATION_EVENTS)
    and (place is not Place.CONVERSATION or each.post is not PostEvent.CONVERSATION_ADDED)
]


@pytest.mark.parametrize(("name", "case", "place"), AFTER, ids=[f"{name}-{place.value}" for name, _, place in AFTER])
async def test_after_a_change_exactly_the_published_is_told_when(
    api: AccountClient, receiver: Receiver, name: str, case: Case, place: Place
) -> None:
    stage = await Stage.set(api)
    assert case.post is not None
    await place.tell(stage, receiver.url + "/post?tenant=7", case.post)
    row = await case.act(stage)
    check(await receiver.next(), case.post, api, row, case)


def test_every_event_is_told_of_in_these_tests() -> None:
    assert set(PUBLISHED) == set(EVENTS)
    assert {each.pre for each in CASES.values()} | {each.post for each in CASES.values()} == {*EVENTS, None}
    never = [
        name
        for event, parameters in PUBLISHED.items()
        for name in parameters
        if all(name in each.without for each in CASES.values() if event in (each.pre, each.post))
    ]
    assert never == []


async def test_a_trigger_is_told_of_a_message_with_the_same_parameters(api: AccountClient, receiver: Receiver) -> None:
    stage = await Stage.set(api)
    await Place.TRIGGER.tell(stage, receiver.url, PostEvent.MESSAGE_ADDED)
    case = CASES["a message is posted by a phone"]
    row = await case.act(stage)
    check(await receiver.next(), PostEvent.MESSAGE_ADDED, api, row, case)


@pytest.fixture
async def studio(postgres: str, receiver: Receiver) -> AsyncIterator[AccountClient]:
    """An account in a parlour that posts the messages for Studio flows to the receiver."""
    async with (
        migrated_database(postgres) as url,
        serving(url, studio_url=receiver.url + "/flows/{FlowSid}") as parlour,
    ):
        yield await new_account(parlour)


async def test_a_studio_flow_is_told_of_a_message_with_the_same_parameters(
    studio: AccountClient, receiver: Receiver
) -> None:
    stage = await Stage.set(studio)
    flow = "FW" + "1" * 32
    await studio.made(f"{stage.path}/Webhooks", Target="studio", **{"Configuration.FlowSid": flow})
    case = CASES["a message is posted"]
    row = await case.act(stage)
    received = await receiver.next()
    assert (received.method, received.url) == ("POST", f"{receiver.url}/flows/{flow}")
    check(received, PostEvent.MESSAGE_ADDED, studio, row, case)


async def test_a_studio_flow_that_leads_nowhere_is_kept_and_disturbs_nobody(
    told: AccountClient, receiver: Receiver
) -> None:
    path = f"/Conversations/{(await told.made('/Conversations'))['sid']}"
    await told.made(f"{path}/Webhooks", Target="studio", **{"Configuration.FlowSid": "FW" + "1" * 32})
    await made(told, f"{path}/Messages", Body="hello")
    assert (await receiver.next()).parameters["Body"] == "hello"
    assert receiver.is_idle
