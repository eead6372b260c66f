"""What may happen to address configurations. Like all settings above services, they are not told of."""

from typing import Any

import msgspec

from parlour.core.errors import ServiceNotFound
from parlour.core.paging import Page, PageRequest
from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.core.sids import Prefix, new_sid
from parlour.resources.address_configurations import queries
from parlour.resources.address_configurations.model import (
    AddressConfiguration,
    AddressConfigurationDraft,
    AddressConfigurationEdit,
    AddressConfigurationQuery,
    AutoCreationEdit,
    AutoCreationType,
    CallbackMethod,
    check_complete,
    check_number,
)
from parlour.resources.services import queries as services
from parlour.runtime.work import Work
from parlour.storage.columns import given
from parlour.storage.transaction import Transaction


async def create(work: Work, draft: AddressConfigurationDraft) -> AddressConfiguration:
    """A new address configuration; raises MissingParameter, InvalidWebhookRetryCount, ServiceNotFound, Conflict."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.write() as tx:
        plain = AddressConfiguration(
            sid=new_sid(Prefix.ADDRESS_CONFIGURATION),
            type=draft.type,
            address=draft.address,
            friendly_name=draft.friendly_name,
            address_country=draft.address_country.upper() if draft.address_country is not None else None,
            is_enabled=False,
            creation_type=AutoCreationType.DEFAULT,
            conversation_service_sid=None,
            webhook_url=None,
            webhook_method=CallbackMethod.POST.upper(),
            webhook_filters=[],
            studio_flow_sid=None,
            studio_retry_count=0,
            created_at=tx.now,
            updated_at=tx.now,
        )
        configuration = await _changed(work, tx, plain, _columns(draft.auto_creation))
        await queries.insert(tx, work.scope, configuration)
    return configuration


async def page(work: Work, query: AddressConfigurationQuery, request: PageRequest) -> Page[AddressConfiguration]:
    """The account's address configurations."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        return await queries.page(reading, work.scope, query, request)


async def fetch(work: Work, reference: str) -> AddressConfiguration:
    """The address configuration; raises NotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        return await queries.get(reading, work.scope, reference)


async def update(work: Work, reference: str, edit: AddressConfigurationEdit) -> AddressConfiguration:
    """What was sent is changed; raises NotFound, MissingParameter, InvalidWebhookRetryCount, ServiceNotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    changed = _columns(edit.auto_creation)
    if edit.friendly_name is not msgspec.UNSET:
        changed["friendly_name"] = edit.friendly_name
    async with work.write() as tx:
        before = await queries.lock(tx, work.scope, reference)
        if not changed:
            return before
        await _changed(work, tx, before, changed)
        return await queries.update(tx, work.scope, before.sid, changed)


async def delete(work: Work, reference: str) -> None:
    """The address configuration is gone; raises NotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.write() as tx:
        await queries.delete(tx, work.scope, reference)


def _columns(edit: AutoCreationEdit) -> dict[str, Any]:
    """What was sent, by the columns that keep it."""
    changed: dict[str, Any] = given(edit)
    if "webhook_method" in changed:
        changed["webhook_method"] = changed["webhook_method"].upper()
    names = {"enabled": "is_enabled", "type": "creation_type"}
    return {names.get(name, name): value for name, value in changed.items()}


async def _changed(
    work: Work, tx: Transaction, configuration: AddressConfiguration, changed: dict[str, Any]
) -> AddressConfiguration:
    """*configuration* as it will be; raises what forbids it."""
    result = msgspec.structs.replace(configuration, **changed)
    check_complete(result)
    check_number(changed)
    service = changed.get("conversation_service_sid")
    if service is not None and not await services.owned(tx, work.scope.account, service):
        raise ServiceNotFound
    return result
