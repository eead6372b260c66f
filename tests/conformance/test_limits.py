"""Every limit of size or number refuses with its code, or, where limits are relaxed, is only named by the answer."""

import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from parlour.contract.form import Parameter
from parlour.contract.rest import PUBLISHED, Mount, Route, routes
from parlour.core import fields, timer_fields
from parlour.core.fields import MAX_KEY_BYTES
from parlour.core.webhook_events import WebhookUrl
from parlour.resources.catalogue import RESOURCES
from tests.account_client import AccountClient, Answer, new_account
from tests.conformance.world import CALLS, World, ask, furnish
from tests.database import migrated_database
from tests.server import Parlour, serving

HEADER = "Parlour-Would-Refuse"

NO_LIMIT = {"AddressCountry", "RoleSid", "Permission", "MessagingBinding.ProjectedAddress"}
"""Parameters with a largest size that is none of its own: longer values are of the wrong kind anyway."""

OTHER_PARTICIPANTS = {
    "UpdateConversationParticipant Identity",
    "UpdateConversationParticipant MessagingBinding.ProxyAddress",
}
"""What the participant of every furnished account cannot be given; these have a test of their own."""

MEMBERS = "/Conversations/group/Participants"

FITTING: dict[str, dict[str, Any]] = {
    "MessagingBinding.Name": {
        "Identity": None,
        "MessagingBinding.Address": "dana@example.org",
        "MessagingBinding.Name": "{}",
    },
    "MessagingBinding.Address": {"Identity": None, "MessagingBinding.Address": "messenger:{}"},
    "MessagingBinding.ProxyAddress": {
        "Identity": None,
        "MessagingBinding.Address": "messenger:1",
        "MessagingBinding.ProxyAddress": "messenger:{}",
    },
}
"""By the parameter whose value is to be too long, where *x* alone would be wrong or needs company."""


def own_reader(parameter: Parameter) -> Any:
    """What reads one value of *parameter*."""
    reader: Any = parameter.reader
    while isinstance(reader, fields.Clearable | fields.Many):
        reader = reader.reader if isinstance(reader, fields.Clearable) else reader.each
    return reader


def beyond(reader: Any) -> tuple[str, int] | None:
    """A value one step beyond the limit of *reader*, and the code that refuses it; None if it has no limit."""
    match reader:
        case timer_fields.Timer():
            short: timedelta = reader.least - timedelta(seconds=1)
            return f"PT{short.seconds}S", reader.too_short.code
        case WebhookUrl():
            return "https://example.org/".ljust(reader.max_length + 1, "a"), reader.too_long.code
        case fields.JsonText():
            return '"' + "x" * (reader.max_length - 1) + '"', 50303
        case fields.Text() | fields.Bytes():
            return (
                ("x" * (reader.max_length + 1), reader.too_long.code)
                if reader.max_length < fields.MAX_INTEGER
                else None
            )
        case _:
            return None


def cases() -> Iterator[Any]:
    """Every parameter with a limit, at every operation that takes it: the route, what to send, the code."""
    for resource in RESOURCES:
        for route in routes(resource):
            if resource.prefix != PUBLISHED or (route.explicit and resource.mount is Mount.BOTH):
                continue
            for parameter in route.parameters:
                id = f"{route.id} {parameter.wire}"
                found = beyond(own_reader(parameter))
                if found is not None and parameter.wire not in NO_LIMIT and id not in OTHER_PARTICIPANTS:
                    yield pytest.param(route, filled(route, parameter.wire, found[0]), found[1], id=id)


def filled(route: Route, name: str, value: str) -> dict[str, Any]:
    """A valid call of *route*, but for *value* of the parameter *name*."""
    valid = CALLS.get((route.resource.name, route.operation.verb), {})
    company = {each: text.format(value) if text else text for each, text in FITTING.get(name, {name: "{}"}).items()}
    return {each: text for each, text in {**valid, **company}.items() if text is not None}


@pytest.fixture(scope="module")
async def relaxed_parlour(postgres: str) -> AsyncIterator[Parlour]:
    """A server whose limits are relaxed."""
    async with migrated_database(postgres) as url, serving(url, limits="relaxed") as running:
        yield running


@pytest.fixture
async def relaxed_api(relaxed_parlour: Parlour) -> AccountClient:
    return await new_account(relaxed_parlour)


async def both(
    api: AccountClient, relaxed_api: AccountClient, call: Callable[[World], Awaitable[Answer]]
) -> tuple[Answer, Answer]:
    """What the strict and the relaxed server answer to the same."""
    return await call(await furnish(api)), await call(await furnish(relaxed_api))


@pytest.mark.parametrize(("route", "values", "code"), list(cases()))
async def test_a_value_beyond_its_limit_is_refused_or_only_named(
    api: AccountClient, relaxed_api: AccountClient, route: Route, values: dict[str, Any], code: int
) -> None:
    async def call(world: World) -> Answer:
        return await ask(world.api, route, world.address(route), values)

    strict, relaxed = await both(api, relaxed_api, call)
    assert strict.refusal[1] == code
    assert HEADER not in strict.headers
    assert relaxed.status in (200, 201), relaxed.body
    assert relaxed.headers[HEADER] == str(code)


async def run(api: AccountClient, sql: str, *values: object) -> None:
    """Makes many rows, or pretends that there are many, since making a thousand over HTTP would take long."""
    async with api.parlour.inside.database.session() as connection:
        await connection.execute(sql, api.service, *values)


async def one_participant_more(world: World) -> Answer:
    numbers = "update conversations set participant_count = 1000 where service_sid = $1 and sid = $2"
    await run(world.api, numbers, world.conversation)
    return await world.api.post(f"/Conversations/{world.conversation}/Participants", Identity="one more")


async def one_address_more(world: World) -> Answer:
    numbers = "update conversations set channel_participant_count = 50 where service_sid = $1 and sid = $2"
    await run(world.api, numbers, world.conversation)
    path = f"/Conversations/{world.conversation}/Participants"
    binding = {"MessagingBinding.Address": "+15551230001", "MessagingBinding.ProxyAddress": "+15559990000"}
    return await world.api.post(path, **binding)


async def one_membership_more(world: World) -> Answer:
    await run(
        world.api,
        """
        with one as (
          select * from conversations where service_sid = $1 and sid = $2
        ), copies as (
          insert into conversations (service_sid, sid, attributes, state, created_by, created_at, updated_at,
                                     state_updated_at, last_activity_at, born_event_id, last_event_id)
          select service_sid, 'CH' || lpad(to_hex(copy), 32, '0'), attributes, state, created_by, created_at,
                 updated_at, state_updated_at, last_activity_at, born_event_id, last_event_id
          from one, generate_series(1, 999) as copy returning service_sid, sid
        )
        insert into participants (service_sid, conversation_sid, sid, identity, user_sid, attributes, role_sid,
                                  created_at, updated_at, born_event_id, last_event_id)
        select copies.service_sid, copies.sid, p.sid, identity, user_sid, attributes, role_sid,
               created_at, updated_at, born_event_id, last_event_id
        from copies join participants p on p.service_sid = copies.service_sid where p.conversation_sid = $2
        """,
        world.conversation,
    )
    await world.api.made("/Conversations", UniqueName="one-more")
    return await world.api.post("/Conversations/one-more/Participants", Identity=world.identity)


HOOK = {
    "Target": "webhook",
    "Configuration.Url": "https://example.org/",
    "Configuration.Filters": "onMessageAdded",
}


async def one_webhook_more(world: World) -> Answer:
    path = (await world.api.made("/Conversations"))["sid"]
    for _ in range(5):
        await world.api.made(f"/Conversations/{path}/Webhooks", **HOOK)
    return await world.api.post(f"/Conversations/{path}/Webhooks", **HOOK)


async def one_trigger_more(world: World) -> Answer:
    words = [f"word {number}" for number in range(6)]
    path = f"/Conversations/{world.conversation}/Webhooks"
    return await world.api.post(path, **HOOK | {"Target": "trigger", "Configuration.Triggers": words})


async def one_more_at_once(world: World) -> Answer:
    everybody = [json.dumps({"identity": f"user {number}"}) for number in range(11)]
    return await world.api.post("/ConversationWithParticipants", Participant=everybody)


NUMBERS = {
    "participants of a conversation": (one_participant_more, 50417),
    "participants of channels": (one_address_more, 50418),
    "open conversations of an identity": (one_membership_more, 50214),
    "webhooks of a conversation": (one_webhook_more, 50361),
    "triggers of a webhook": (one_trigger_more, 50362),
    "participants that come at once": (one_more_at_once, 50426),
}


@pytest.mark.parametrize("which", NUMBERS)
async def test_one_more_than_the_limit_is_refused_or_only_named(
    api: AccountClient, relaxed_api: AccountClient, which: str
) -> None:
    one_more, code = NUMBERS[which]
    strict, relaxed = await both(api, relaxed_api, one_more)
    assert strict.refusal[1] == code
    assert HEADER not in strict.headers
    assert relaxed.status in (201, 202), relaxed.body
    assert relaxed.headers[HEADER] == str(code)


async def test_an_identity_and_a_proxy_address_beyond_the_limit_can_be_given_later(relaxed_api: AccountClient) -> None:
    world = await furnish(relaxed_api)
    path = f"/Conversations/{world.conversation}/Participants"
    projected = await relaxed_api.made(path, **{"MessagingBinding.ProjectedAddress": "+15559990000"})
    answer = await relaxed_api.post(f"{path}/{projected['sid']}", Identity="x" * 257)
    assert (answer.row["identity"], answer.headers[HEADER]) == ("x" * 257, "50207")
    reached = await relaxed_api.made(path, **{"MessagingBinding.Address": "messenger:1"})
    proxy = "messenger:" + "x" * 257
    answer = await relaxed_api.post(f"{path}/{reached['sid']}", **{"MessagingBinding.ProxyAddress": proxy})
    assert (answer.row["messaging_binding"]["proxy_address"], answer.headers[HEADER]) == (proxy, "50408")


async def test_what_is_looked_up_has_a_largest_size_even_where_limits_are_relaxed(relaxed_api: AccountClient) -> None:
    """Random characters, since PostgreSQL would make repeated ones small enough for its indexes."""

    def text(size: int, start: str = "") -> str:
        return start + secrets.token_hex(size)[: size - len(start)]

    await relaxed_api.made("/Conversations", UniqueName=text(MAX_KEY_BYTES))
    too_long = await relaxed_api.post("/Conversations", UniqueName=text(MAX_KEY_BYTES + 1))
    assert (too_long.refusal, HEADER in too_long.headers) == ((400, 50004), False)
    talk = (await relaxed_api.made("/Conversations"))["sid"]
    identity = text(MAX_KEY_BYTES)
    participants = f"/Conversations/{talk}/Participants"
    await relaxed_api.made(participants, Identity=identity)
    assert (await relaxed_api.get(f"/Users/{identity}/Conversations")).rows[0]["conversation_sid"] == talk
    assert (await relaxed_api.post("/Users", Identity=text(MAX_KEY_BYTES + 1))).refusal == (400, 50207)
    address, proxy = text(MAX_KEY_BYTES, "messenger:"), text(MAX_KEY_BYTES, "messenger:")
    pair = {"MessagingBinding.Address": address, "MessagingBinding.ProxyAddress": proxy}
    assert (await relaxed_api.post(participants, **pair)).headers[HEADER] == "50407, 50408"
    assert (await relaxed_api.get("/ParticipantConversations", Address=address)).rows[0]["conversation_sid"] == talk
    assert (await relaxed_api.post(participants, **pair | {"MessagingBinding.Address": f"{address}x"})).refusal == (
        400,
        50407,
    )


async def test_an_answer_names_each_limit_once_and_none_that_was_kept(relaxed_api: AccountClient) -> None:
    long = {"FriendlyName": "x" * 257, "Attributes": '"' + "x" * 20_000 + '"', "UniqueName": "x" * 257}
    answer = await relaxed_api.post("/Conversations", **long)
    assert answer.headers[HEADER] == "50003, 50004, 50303"
    assert HEADER in answer.headers["Access-Control-Expose-Headers"]
    assert HEADER not in (await relaxed_api.post("/Conversations", FriendlyName="x" * 256)).headers
    assert HEADER not in (await relaxed_api.get(f"/Conversations/{answer.row['sid']}")).headers


async def test_more_participants_than_are_allowed_come_in_one_call(relaxed_api: AccountClient) -> None:
    numbers = [{"address": f"+120255501{number:02}"} for number in range(10)]
    everybody = [json.dumps({"messaging_binding": each}) for each in [*numbers, {"projected_address": "+12025550199"}]]
    answer = await relaxed_api.post("/ConversationWithParticipants", Participant=everybody)
    assert (answer.status, answer.headers[HEADER]) == (202, "50426, 50436")
    path = f"/Conversations/{answer.row['sid']}"
    while (await relaxed_api.get(path)).row["state"] == "initializing":
        pass
    assert len(await relaxed_api.listed(f"{path}/Participants")) == 11
    more = await relaxed_api.post(f"{path}/Participants", **{"MessagingBinding.Address": "+12025550110"})
    assert (more.status, more.headers[HEADER]) == (201, "50436")


@pytest.fixture(params=["strict", "relaxed"])
async def now(relaxed_api: AccountClient, request: pytest.FixtureRequest) -> AsyncIterator[AccountClient]:
    """The relaxed account, as a server has it that was started after it was made, with these limits."""
    async with serving(relaxed_api.parlour.inside.database.url, limits=request.param) as again:
        yield replace(relaxed_api, parlour=again)


async def test_a_group_that_is_too_large_may_be_changed_and_left(
    relaxed_api: AccountClient, now: AccountClient
) -> None:
    await relaxed_api.made("/Conversations", UniqueName="group")
    desk = await relaxed_api.made(MEMBERS, **{"MessagingBinding.ProjectedAddress": "+12025550199"})
    natives = [
        await relaxed_api.made(MEMBERS, **{"MessagingBinding.Address": f"+120255501{number:02}"})
        for number in range(11)
    ]
    changed = await now.post(f"{MEMBERS}/{desk['sid']}", **{"MessagingBinding.ProjectedAddress": "+12025550198"})
    left = await now.delete(f"{MEMBERS}/{natives[-1]['sid']}")
    assert [(answer.status, HEADER in answer.headers) for answer in (changed, left)] == [(200, False), (204, False)]
    assert len(await now.listed(MEMBERS)) == 11


async def test_a_webhook_with_too_much_may_be_changed_in_something_else(
    relaxed_api: AccountClient, now: AccountClient
) -> None:
    await relaxed_api.made("/Conversations", UniqueName="talk")
    words = [f"word {number}" for number in range(6)]
    hook = await relaxed_api.made(
        "/Conversations/talk/Webhooks", **HOOK | {"Target": "trigger", "Configuration.Triggers": words}
    )
    line = await relaxed_api.made(
        "/v1/Configuration/Addresses", Type="sms", Address="+12025550100", **{"AutoCreation.StudioRetryCount": "4"}
    )
    path = f"/Conversations/talk/Webhooks/{hook['sid']}"
    changed = [
        await now.post(path, **{"Configuration.Url": "https://example.org/other"}),
        await now.post(f"/v1/Configuration/Addresses/{line['sid']}", FriendlyName="The hotline"),
    ]
    assert [(answer.status, HEADER in answer.headers) for answer in changed] == [(200, False)] * 2
    assert changed[0].row["configuration"]["triggers"] == words


async def test_a_call_that_is_refused_for_something_else_went_beyond_nothing(relaxed_api: AccountClient) -> None:
    answer = await relaxed_api.post("/Conversations", FriendlyName="x" * 257, State="odd")
    assert (answer.refusal, HEADER in answer.headers) == ((400, 50378), False)


async def test_a_default_timer_below_the_limit_is_named_where_it_is_set_and_not_where_it_is_used(
    relaxed_api: AccountClient,
) -> None:
    answer = await relaxed_api.post("/v1/Configuration", DefaultInactiveTimer="PT1S")
    assert answer.headers[HEADER] == "50375"
    made = await relaxed_api.post("/Conversations")
    assert set(made.row["timers"]) == {"date_inactive"}
    assert HEADER not in made.headers
