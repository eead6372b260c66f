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
from tests.conformance.refusals.table import binding, refusal
from tests.house import Answer, House


async def message(house: House, **form: object) -> Answer:
    """The answer to a message with *form* in a conversation of its own."""
    conversation = await house.made("/Conversations")
    return await house.post(f"/Conversations/{conversation['sid']}/Messages", **form)


@refusal(AuthorNotInGroup)
async def a_message_from_outside_into_a_group_mms(house: House) -> Answer:
    await house.made("/Conversations", UniqueName="group")
    for form in (
        binding(Address="+15551230001"),
        binding(Address="+15551230002"),
        binding(ProjectedAddress="+15551230003"),
    ):
        await house.made("/Conversations/group/Participants", **form)
    return await house.post("/Conversations/group/Messages", Body="text", Author="dana")


@refusal(BodyMissing)
async def a_message_with_nothing_in_it(house: House) -> Answer:
    return await message(house)


@refusal(BodyTooLong)
async def a_body_beyond_32_kb(house: House) -> Answer:
    return await message(house, Body="é" * 16 * 1024 + "x")


@refusal(MediaNotFound)
async def media_that_nobody_has_uploaded(house: House) -> Answer:
    return await message(house, MediaSid=f"ME{1:032x}")


@refusal(InvalidMediaSid)
async def media_by_the_name_of_the_file(house: House) -> Answer:
    return await message(house, MediaSid="cat.jpg")


@refusal(InvalidContentSid)
async def a_template_by_its_name(house: House) -> Answer:
    return await message(house, ContentSid="greeting")


@refusal(InvalidContentVariables)
async def variables_that_are_a_list(house: House) -> Answer:
    return await message(house, ContentSid=f"HX{1:032x}", ContentVariables='["Dana"]')


@refusal(ContentSidMissing)
async def variables_without_a_template(house: House) -> Answer:
    return await message(house, ContentVariables='{"1": "Dana"}')


async def variables(house: House, values: dict[str, str]) -> Answer:
    """The answer to a message that fills in a template with *values*."""
    return await message(house, ContentSid=f"HX{1:032x}", ContentVariables=json.dumps(values))


@refusal(ContentVariablesTooLong)
async def variables_by_the_hundred_and_one(house: House) -> Answer:
    return await variables(house, {str(number): "x" for number in range(101)})


@refusal(ContentVariableNameTooLong)
async def a_variable_with_a_name_of_17_characters(house: House) -> Answer:
    return await variables(house, {"x" * 17: "Dana"})


@refusal(ContentVariableTooLong)
async def a_variable_of_257_characters(house: House) -> Answer:
    return await variables(house, {"1": "x" * 257})
