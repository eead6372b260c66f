"""How the refusals of ``core/errors/general.py`` are met."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from tempfile import TemporaryDirectory

import aiohttp
import structlog

from parlour.core.errors import (
    AttributesNotJson,
    AttributesTooLong,
    AuthorTooLong,
    BodyTooLarge,
    ClockNotVirtual,
    Conflict,
    CrossSite,
    DefaultServiceInUse,
    HeadTooLarge,
    InvalidBody,
    InvalidDateCreated,
    InvalidDateUpdated,
    InvalidPageToken,
    InvalidParameter,
    MalformedRequest,
    MethodNotAllowed,
    MissingIdentityOrAddress,
    MissingParameter,
    NotFound,
    NotOneMove,
    RoleInUse,
    ServerFault,
    TargetTooLong,
    TooManyGuesses,
    Unauthenticated,
    Unavailable,
    UnknownHttpVersion,
    UnsupportedMediaType,
)
from tests.account_client import FORM, AccountClient, Answer, basic, new_account
from tests.conformance.refusals.table import refusal
from tests.database import migrated_database
from tests.relay import relayed
from tests.server import Parlour, serving


@refusal(InvalidParameter)
async def a_page_of_no_number_of_rows(api: AccountClient) -> Answer:
    return await api.get("/Users", PageSize="many")


@refusal(MissingParameter)
async def a_user_without_an_identity(api: AccountClient) -> Answer:
    return await api.post("/Users")


@refusal(MissingIdentityOrAddress)
async def conversations_of_nobody(api: AccountClient) -> Answer:
    return await api.get("/ParticipantConversations")


@refusal(InvalidBody)
async def a_percent_sign_that_stands_for_nothing(api: AccountClient) -> Answer:
    return await api.send("POST", "/Users", b"Identity=%zz", FORM)


@refusal(Unauthenticated)
async def a_wrong_auth_token(api: AccountClient) -> Answer:
    return await api.send("GET", "/Users", headers={"Authorization": basic(api.account, "guessed")})


@refusal(TooManyGuesses)
async def guesses_without_end(api: AccountClient) -> Answer:
    headers = {"Authorization": basic(api.account, "guessed"), "X-Forwarded-For": "198.51.100.99"}
    at_once = [api.send("GET", "/Users", headers=headers) for _ in range(200)]
    return next(answer for answer in await asyncio.gather(*at_once) if answer.status != 401)


@refusal(CrossSite)
async def a_form_on_the_page_of_another_site(api: AccountClient) -> Answer:
    return await api.send("POST", "/Users", b"Identity=dana", {**FORM, "Sec-Fetch-Site": "cross-site"})


@refusal(MethodNotAllowed)
async def a_method_that_the_path_does_not_have(api: AccountClient) -> Answer:
    return await api.send("PUT", "/Users")


@refusal(NotFound)
async def an_identity_that_nobody_has(api: AccountClient) -> Answer:
    return await api.get("/Users/nobody")


@refusal(Conflict)
async def an_address_that_is_configured_twice(api: AccountClient) -> Answer:
    await api.made("/v1/Configuration/Addresses", Type="sms", Address="+15551230000")
    return await api.post("/v1/Configuration/Addresses", Type="sms", Address="+15551230000")


@refusal(ClockNotVirtual)
async def a_move_of_the_machines_clock(api: AccountClient) -> Answer:
    return await api.post("/parlour/v1/Clock", Advance="PT1H")


@refusal(NotOneMove)
async def two_moves_at_once(postgres: str) -> Answer:
    async with migrated_database(postgres) as url, serving(url, clock="virtual") as parlour:
        own = await new_account(parlour)
        return await own.post("/parlour/v1/Clock", Advance="PT1H", Freeze="true")


@refusal(RoleInUse)
async def the_removal_of_a_default_role(api: AccountClient) -> Answer:
    role, *_ = (await api.get("/Roles", PageSize=50)).rows[1:]
    return await api.delete(f"/Roles/{role['sid']}")


@refusal(DefaultServiceInUse)
async def the_removal_of_the_default_service(api: AccountClient) -> Answer:
    return await api.delete(f"/v1/Services/{api.service}")


@refusal(BodyTooLarge)
async def a_body_beyond_every_limit(api: AccountClient) -> Answer:
    return await api.post("/Users", Identity="dana", Attributes="x" * 1024 * 1024)


@refusal(UnsupportedMediaType)
async def a_body_in_json(api: AccountClient) -> Answer:
    return await api.send("POST", "/Users", b'{"Identity": "dana"}', {"Content-Type": "application/json"})


@refusal(MalformedRequest)
async def a_method_that_http_does_not_have(api: AccountClient) -> Answer:
    return await api.send("BREW", "/coffee")


@refusal(TargetTooLong)
async def a_query_beyond_every_limit(api: AccountClient) -> Answer:
    return await api.get("/coffee", Sort="x" * 70_000)


@refusal(HeadTooLarge)
async def a_hundred_headers_beside_the_usual_ones(api: AccountClient) -> Answer:
    return await api.send("GET", "/coffee", headers={f"X-Number-{number}": "1" for number in range(100)})


@refusal(UnknownHttpVersion)
async def a_version_of_http_that_is_yet_to_come(api: AccountClient) -> Answer:
    async with aiohttp.ClientSession(version=aiohttp.HttpVersion(4, 0)) as client:
        parlour = Parlour(api.url, api.parlour.inside, api.parlour.clock, client)
        return await replace(api, parlour=parlour).get("/coffee")


@refusal(InvalidPageToken)
async def an_invented_page_token(api: AccountClient) -> Answer:
    return await api.get("/Users", PageToken="PTinvented")


@refusal(ServerFault)
async def a_database_without_one_of_its_tables(postgres: str) -> Answer:
    async with migrated_database(postgres) as url, serving(url) as parlour:
        own = await new_account(parlour)
        async with parlour.inside.database.session() as connection:
            await connection.execute("drop table users cascade")
        with structlog.testing.capture_logs():
            return await own.get("/Users")


@refusal(Unavailable)
async def a_database_that_cannot_be_reached(postgres: str) -> Answer:
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(migrated_database(postgres))
        folder = stack.enter_context(TemporaryDirectory(dir="/tmp", prefix="parlour-relay-"))
        relay = await stack.enter_async_context(relayed(url, folder))
        own = await new_account(await stack.enter_async_context(serving(relay.url)))
        await relay.cut()
        answer = await own.get("/Users")
        await relay.mend()
        return answer


@refusal(AttributesTooLong)
async def attributes_beyond_16_kb(api: AccountClient) -> Answer:
    return await api.post("/Users", Identity="dana", Attributes=f'"{"x" * 16 * 1024}"')


@refusal(AttributesNotJson)
async def attributes_that_are_words(api: AccountClient) -> Answer:
    return await api.post("/Users", Identity="dana", Attributes="likes tea")


@refusal(InvalidDateCreated)
async def a_creation_on_no_day(api: AccountClient) -> Answer:
    return await api.post("/Conversations", DateCreated="2026-02-30")


@refusal(InvalidDateUpdated)
async def an_update_on_no_day(api: AccountClient) -> Answer:
    return await api.post("/Conversations", DateUpdated="yesterday")


@refusal(AuthorTooLong)
async def an_author_of_257_characters(api: AccountClient) -> Answer:
    await api.made("/Conversations", UniqueName="talk")
    return await api.post("/Conversations/talk/Messages", Body="Good morning", Author="x" * 257)
