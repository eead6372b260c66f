"""Logging in: a proved access token becomes the end user who acts, made if nobody has the identity yet."""

from collections.abc import Collection

from parlour.core.actor import Actor, EndUser, Source
from parlour.core.errors import InvalidTokenGrants, NotFound, RoleNotFound
from parlour.core.scope import Scope
from parlour.resources.users import queries
from parlour.resources.users.actions import ensure
from parlour.runtime.node import Node
from parlour.tokens.model import AccessToken


async def log_in(node: Node, token: AccessToken, request: str | None = None) -> EndUser:
    """The user of the token, with what their service role permits now.

    The first token of an identity makes the user, with the role that it names or else the service's default, and tells
    so as a change by a client SDK. *request*: the number under which that happens. Raises InvalidTokenGrants if the
    service is gone, or has no such role to give.
    """
    scope = Scope(token.account_sid, token.service_sid, explicit=True)
    async with node.database.session() as reading:
        user = await queries.find_end_user(reading, scope, token.identity)
    return user or await _first(node, scope, token, request)


async def deleted(node: Node, users: Collection[tuple[str, str]]) -> frozenset[str]:
    """The SIDs of those of *users*, each with the SID of its service, that were deleted."""
    async with node.database.session() as reading:
        return await queries.deleted(reading, users)


async def _first(node: Node, scope: Scope, token: AccessToken, request: str | None) -> EndUser:
    # The user has no SID yet: that is made below.
    newcomer = EndUser(token.account_sid, token.service_sid, "", token.identity, frozenset())
    actor = Actor(source=Source.SDK, principal=newcomer, asks_webhooks=True, request=request)
    try:
        async with node.transaction(scope, actor) as tx:
            await ensure(tx, scope, token.identity, role_sid=token.deployment_role_sid)
            return await queries.end_user(tx, scope, token.identity)
    except (NotFound, RoleNotFound):
        raise InvalidTokenGrants from None
