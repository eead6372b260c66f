"""What may happen to services, and how an account gets its first one."""

import secrets
import time

from parlour.core.actor import QUIET_SYSTEM
from parlour.core.errors import Conflict, NotFound
from parlour.core.paging import Page, PageRequest
from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, new_sid
from parlour.resources.accounts import queries as accounts
from parlour.resources.accounts.model import Account
from parlour.resources.roles import actions as roles
from parlour.resources.services import queries
from parlour.resources.services.facts import ServiceAdded, ServiceRemoved
from parlour.resources.services.model import DEFAULT_NAME, Service, ServiceDraft
from parlour.runtime.node import Node
from parlour.runtime.work import Work
from parlour.storage.transaction import Transaction

PATIENCE_SECONDS = 15.0
"""For which a deletion is begun anew that met others in the middle of their changes."""


async def create(work: Work, draft: ServiceDraft) -> Service:
    """A new service with its four roles."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.write() as tx:
        return await _open(tx, work.scope.account, draft.friendly_name)


async def page(work: Work, request: PageRequest) -> Page[Service]:
    """The account's services."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        return await queries.page(reading, work.scope, request)


async def fetch(work: Work, sid: str) -> Service:
    """The service; raises NotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        return await queries.get(reading, work.scope, sid)


async def delete(work: Work, sid: str) -> None:
    """The service is gone, and what is in it with it; raises NotFound, DefaultServiceInUse.

    race: changes in the service that have begun may wait for its row, and it for theirs. PostgreSQL then gives up one
    of them; after the deletion was that one, the others are done soon.
    """
    permit(work.actor, ACCOUNTS_ONLY)
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            await _delete(work, sid)
            break
        except Conflict:
            if time.monotonic() > end:
                raise
    await work.outlast_scopes()


async def _delete(work: Work, sid: str) -> None:
    async with work.write() as tx:
        service = await queries.delete(tx, work.scope, sid)
        with tx.within(Scope(work.scope.account, service.sid)):
            await tx.tell(ServiceRemoved(service=service))


async def resolve(node: Node, account_sid: str, service_sid: str | None) -> Scope:
    """The scope of a call: the service that its path names, or else the account's default; raises NotFound.

    What was found is good for the length of a lease; calls that need the same scope at the same time share one
    statement.
    """
    known = node.scopes.get((account_sid, service_sid))  # without a step more, since every call comes by here
    if known is not None:
        return known
    return await node.leased(node.scopes, (account_sid, service_sid), lambda: _resolve(node, account_sid, service_sid))


async def _resolve(node: Node, account_sid: str, service_sid: str | None) -> Scope:
    async with node.database.session() as reading:
        if service_sid is None:
            return Scope(account_sid, await queries.default_of(reading, account_sid))
        if await queries.owned(reading, account_sid, service_sid):
            return Scope(account_sid, service_sid, explicit=True)
    raise NotFound


async def open_account(node: Node, friendly_name: str) -> tuple[Account, str]:
    """A new account with its default service and a messaging service of its own; returns it and its auth token."""
    sid, token = new_sid(Prefix.ACCOUNT), _new_token()
    async with node.transaction(Scope(sid, None), QUIET_SYSTEM) as tx:
        return await _open_account(tx, node, sid, friendly_name, token), token


async def first_account(node: Node, sid: str | None, auth_token: str | None) -> tuple[Account, bool]:
    """The account that a server starts with, and whether it was just made.

    It is the one with *sid*, or else the oldest; it is made if it is missing. An *auth_token* that is given
    replaces the one it had.

    race: processes that start at the same time take turns, so that they agree on one account.
    """
    to_make = sid or new_sid(Prefix.ACCOUNT)
    async with node.transaction(Scope(to_make, None), QUIET_SYSTEM) as tx:
        await accounts.take_turn(tx)
        known = [each for each in await accounts.every(tx) if sid in (None, each.sid)]
        if not known:
            return await _open_account(tx, node, to_make, "parlour", auth_token or _new_token()), True
        if auth_token is not None:
            await accounts.set_auth_token(tx, known[0].sid, node.vault.encrypt(auth_token), tx.now)
        return known[0], False


def _new_token() -> str:
    return secrets.token_hex(16)


async def _open_account(tx: Transaction, node: Node, sid: str, friendly_name: str, token: str) -> Account:
    messaging_service_sid = new_sid(Prefix.MESSAGING_SERVICE)
    account = Account(sid, friendly_name, None, messaging_service_sid, None, None, tx.now, tx.now)
    await accounts.insert(tx, account, node.vault.encrypt(token))
    service = await _open(tx, sid, DEFAULT_NAME)
    return await accounts.configure(tx, sid, {"default_service_sid": service.sid}, tx.now)


async def _open(tx: Transaction, account_sid: str, friendly_name: str) -> Service:
    scope = Scope(account_sid, new_sid(Prefix.SERVICE))
    sid = scope.service or ""
    await queries.insert(tx, scope, sid, friendly_name)
    with tx.within(scope):
        roles_made = await roles.create_defaults(tx, scope)
    defaults: dict[str, object] = {
        "default_chat_service_role_sid": roles_made.service_user.sid,
        "default_conversation_role_sid": roles_made.channel_user.sid,
        "default_conversation_creator_role_sid": roles_made.channel_admin.sid,
    }
    service = await queries.configure(tx, scope, defaults)
    with tx.within(scope):
        await tx.tell(ServiceAdded(service=service))
    return service
