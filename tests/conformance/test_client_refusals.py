"""What is wrong with a document of a client SDK has the code that it has in a form over REST."""

import pytest

from parlour.contract.rest import CLIENT, Route
from parlour.core.permissions import Permission
from parlour.resources.roles.model import RoleType
from tests.account_client import AccountClient
from tests.client_calls import ROUTES, Caller, caller
from tests.end_users import role
from tools.client_calls import taken

HEX = "0123456789abcdef" * 2
WRONG = (
    "", "null", "x", "x" * 257, "é" * 17_000, "{", "[]", "-1", "1.5", "9" * 20, "muted", "Loud", "system", "to",
    f"CH{HEX}", f"US{HEX}", f"ME{HEX}", f"HX{HEX}", "+15551230001", "whatsapp:+15551230001", "a@b.c", "2026-01-01",
)  # fmt: skip
"""Each is wrong for some parameters and right for others."""
WRITING = [each for each in ROUTES if each.method == "POST" and each.path.startswith(CLIENT)]


class World:
    """Alice, who may do everything, in a conversation with a message of hers."""

    def __init__(self, alice: Caller, room: str, message: str) -> None:
        self.alice, self.room, self.message = alice, room, message

    def path(self, route: Route) -> str:
        """Where the route's operation is, below ``/Client/v2``."""
        last = {"Users": "alice", "Participants": "alice", "Messages": self.message}
        parts = route.path.removeprefix(CLIENT).replace("{ConversationSid}", self.room).split("/")
        if parts[-1] == "{Sid}":
            parts[-1] = last.get(parts[-2], self.room)
        return "/".join(parts)


async def furnished(api: AccountClient) -> World:
    everything = [await role(api, type, Permission) for type in (RoleType.SERVICE, RoleType.CONVERSATION)]
    alice = await caller(api, "alice", role=everything[0])
    room = (await api.made("/Conversations"))["sid"]
    await api.made(f"/Conversations/{room}/Participants", Identity="alice", RoleSid=everything[1])
    return World(alice, room, (await alice.made(f"/Conversations/{room}/Messages", body="x"))["sid"])


@pytest.mark.parametrize("route", WRITING, ids=lambda route: route.id)
async def test_a_wrong_member_is_refused_as_a_wrong_parameter(
    api: AccountClient, other_api: AccountClient, route: Route
) -> None:
    by_socket, over_rest = await furnished(api), await furnished(other_api)
    refused = 0
    for name, parameter in taken(route):
        if name == "media_sids":
            continue  # over REST there is one only
        for wrong in WRONG:
            group, _, member = name.rpartition(".")
            document = {group: {member: wrong}} if group else {member: wrong}
            path = over_rest.path(route).replace("/MyConversations", "/Users/alice/Conversations")
            answered = await by_socket.alice.post(by_socket.path(route), **document)
            answer = await over_rest.alice.api.post(path, **{parameter.wire: wrong})
            assert answered.status == answer.status, (name, wrong)
            if answer.status >= 400:
                assert answered.refusal == answer.refusal, (name, wrong)
                refused += 1
    assert refused
