"""How the refusals of ``core/errors/bindings.py`` are met."""

from parlour.core.errors import InvalidBindingType
from tests.conformance.refusals.table import refusal
from tests.house import Answer, House


@refusal(InvalidBindingType)
async def bindings_of_a_type_that_there_is_not(house: House) -> Answer:
    return await house.get(f"/v1/Services/{house.service}/Bindings", BindingType="pigeon")
