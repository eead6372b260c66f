"""How the refusals of ``core/errors/bindings.py`` are met."""

from parlour.core.errors import InvalidBindingType
from tests.account_client import AccountClient, Answer
from tests.conformance.refusals.table import refusal


@refusal(InvalidBindingType)
async def bindings_of_a_type_that_there_is_not(api: AccountClient) -> Answer:
    return await api.get(f"/v1/Services/{api.service}/Bindings", BindingType="pigeon")
