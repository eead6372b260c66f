"""How the refusals of ``core/errors/messages.py`` are met."""

import json

from parlour.core.errors import (
    AuthorNotInGroup,
    BodyMissing,
    BodyTooLong,
    ContentSidMissing,
    ContentVariableNameTooLong,
    ContentVariablesTooLong,
    ContentVariableTooLong,
    InvalidContentSid,
    InvalidContentVariables,
    InvalidMediaSid,
    MediaNotFound,
)
from tests.account_client import AccountClient, Answer
from tests.conformance.refusals.table import binding, refusal


async def message(api: AccountClient, **form: object) -> Answer:
    """The answer to a message with *form* in a conversation of its own."""
    conversation = await api.made("/Conversations")
    return await api.post(f"/Conversations/{conversation['sid']}/Messages", **form)


@refusal(AuthorNotInGroup)
async def a_message_from_outside_into_a_group_mms(api: AccountClient) -> Answer:
    await api.made("/Conversations", UniqueName="group")
    for form in (
        binding(Address="+15551230001"),
        binding(Address="+15551230002"),
        binding(ProjectedAddress="+15551230003"),
    ):
        await api.made("/Conversations/group/Participants", **form)
    return await api.post("/Conversations/group/Messages", Body="text", Author="dana")


@refusal(BodyMissing)
async def a_message_with_nothing_in_it(api: AccountClient) -> Answer:
    return await message(api)


@refusal(BodyTooLong)
async def a_body_beyond_32_kb(api: AccountClient) -> Answer:
    return await message(api, Body="é" * 16 * 1024 + "x")


@refusal(MediaNotFound)
async def media_that_nobody_has_uploaded(api: AccountClient) -> Answer:
    return await message(api, MediaSid=f"ME{1:032x}")


@refusal(InvalidMediaSid)
async def media_by_the_name_of_the_file(api: AccountClient) -> Answer:
    return await message(api, MediaSid="cat.jpg")


@refusal(InvalidContentSid)
async def a_template_by_its_name(api: AccountClient) -> Answer:
    return await message(api, ContentSid="greeting")


@refusal(InvalidContentVariables)
async def variables_that_are_a_list(api: AccountClient) -> Answer:
    return await message(api, ContentSid=f"HX{1:032x}", ContentVariables='["Dana"]')


@refusal(ContentSidMissing)
async def variables_without_a_template(api: AccountClient) -> Answer:
    return await message(api, ContentVariables='{"1": "Dana"}')


async def variables(api: AccountClient, values: dict[str, str]) -> Answer:
    """The answer to a message that fills in a template with *values*."""
    return await message(api, ContentSid=f"HX{1:032x}", ContentVariables=json.dumps(values))


@refusal(ContentVariablesTooLong)
async def variables_by_the_hundred_and_one(api: AccountClient) -> Answer:
    return await variables(api, {str(number): "x" for number in range(101)})


@refusal(ContentVariableNameTooLong)
async def a_variable_with_a_name_of_17_characters(api: AccountClient) -> Answer:
    return await variables(api, {"x" * 17: "Dana"})


@refusal(ContentVariableTooLong)
async def a_variable_of_257_characters(api: AccountClient) -> Answer:
    return await variables(api, {"1": "x" * 257})
