"""What a client SDK will do in earnest: end users who act with the rights of their roles."""

from collections.abc import Iterable
from dataclasses import dataclass

from parlour.core.actor import Actor, Source
from parlour.core.permissions import Permission
from parlour.core.scope import Scope
from parlour.resources.roles.model import PERMISSIONS, RoleType
from parlour.resources.users import queries as users
from parlour.runtime.work import FindPreAction, Work, ask_nobody
from tests.account_client import AccountClient


async def acting(api: AccountClient, identity: str, *, find_pre_action: FindPreAction | None = None) -> Work:
    """A call of the end user, with what their role permits at this moment; webhooks that are found are asked."""
    scope = Scope(api.account, api.service, explicit=True)
    async with api.parlour.inside.database.session() as reading:
        user = await users.end_user(reading, scope, identity)
    actor = Actor(source=Source.SDK, principal=user, asks_webhooks=True, request=f"RQ{'e' * 32}")
    return Work(api.parlour.inside, scope, actor, find_pre_action=find_pre_action or ask_nobody)


async def role(api: AccountClient, type: RoleType, permissions: Iterable[Permission]) -> str:
    """The SID of a new role with those of *permissions* that such a role can have, and if need be with one that says
    nothing about what is asked: a role without permissions cannot be made."""
    fitting = [each for each in permissions if type in PERMISSIONS[each]]
    idle = Permission.CREATE_CONVERSATION if type is RoleType.SERVICE else Permission.EDIT_ANY_USER_INFO
    made = await api.made("/Roles", FriendlyName="for a test", Type=type, Permission=fitting or [idle])
    return str(made["sid"])


@dataclass(frozen=True)
class Cast:
    """Alice, who acts, Bob, who is another, and Zoe, who takes part in nothing; what they have in a service."""

    api: AccountClient
    alice: Work
    room: str
    """A conversation in which Alice and Bob take part."""
    street: str
    """A conversation in which Bob takes part alone."""
    said: dict[str, str]
    """In the room, by author: the SID of a message."""


async def cast(api: AccountClient, *, of_user: Iterable[Permission], of_participant: Iterable[Permission]) -> Cast:
    """The service, with these permissions in Alice's two roles."""
    service_role = await role(api, RoleType.SERVICE, of_user)
    conversation_role = await role(api, RoleType.CONVERSATION, of_participant)
    await api.made("/Users", Identity="alice", RoleSid=service_role)
    for identity in ("bob", "zoe"):
        await api.made("/Users", Identity=identity)
    room = (await api.made("/Conversations"))["sid"]
    street = (await api.made("/Conversations"))["sid"]
    await api.made(f"/Conversations/{room}/Participants", Identity="alice", RoleSid=conversation_role)
    said = {}
    for conversation in (room, street):
        await api.made(f"/Conversations/{conversation}/Participants", Identity="bob")
    for author in ("alice", "bob"):
        said[author] = (await api.made(f"/Conversations/{room}/Messages", Author=author, Body="hello"))["sid"]
    return Cast(api, await acting(api, "alice"), room, street, said)
