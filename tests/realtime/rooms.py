"""Conversations for tests of sockets, made over REST."""

from typing import Any

from tests.account_client import AccountClient
from tests.twilsock import Twilsock

NOWHERE = "CH" + "0" * 32


async def room_with(api: AccountClient, *identities: str, messages: int = 0) -> str:
    """A conversation with these participants and so many messages."""
    sid = str((await api.made("/Conversations", FriendlyName="Room", Attributes={"floor": 1}))["sid"])
    for identity in identities:
        await api.made(f"/Conversations/{sid}/Participants", Identity=identity)
    for number in range(messages):
        await say(api, sid, f"no. {number}")
    return sid


async def say(api: AccountClient, room: str, body: str) -> dict[str, Any]:
    """A message in the conversation."""
    return await api.made(f"/Conversations/{room}/Messages", Body=body, Author="bob")


async def user_sid(api: AccountClient, identity: str) -> str:
    return str((await api.get(f"/Users/{identity}")).row["sid"])


def objects_of(room: str) -> dict[str, tuple[str, str]]:
    """By name: SID and kind of what there is of the conversation."""
    return {
        "channel": (f"ET{room}.channel", "document"),
        "messages": (f"ES{room}.messages", "list"),
        "roster": (f"MP{room}.roster", "map"),
    }


async def watch(client: Twilsock, room: str, *names: str) -> None:
    """Subscribes to what there is of the conversation, having read it as clients do."""
    wanted = {name: each for name, each in objects_of(room).items() if not names or name in names}
    known = [(sid, kind, await known_number(client, sid, kind)) for sid, kind in wanted.values()]
    replayed, outcomes = await client.subscribe_all(known)
    assert replayed == []
    assert {each["event_type"] for each in outcomes.values()} == {"subscription_established"}


async def known_number(client: Twilsock, sid: str, kind: str) -> int:
    """The number with which a client subscribes that has just read the object."""
    return int((await client.get(f"/v3/{kind.capitalize()}s/{sid}")).row["last_event_id"])


async def watch_mine(client: Twilsock, user: str) -> None:
    """Subscribes to the conversations of the client's user."""
    sid = f"MP{user}.my_conversations"
    replayed, outcome = await client.subscribe(sid, "map", await known_number(client, sid, "map"))
    assert (replayed, outcome["event_type"]) == ([], "subscription_established")


_MANY = """
with copies as (
  select 'CH' || md5($1 || number) as sid from generate_series(1, $2) as number
), rooms as (
  insert into conversations select (jsonb_populate_record(c, jsonb_build_object('sid', copies.sid))).*
  from conversations c, copies where c.sid = $1 returning 1
), people as (
  insert into participants select (jsonb_populate_record(p, jsonb_build_object(
    'conversation_sid', copies.sid, 'sid', 'MB' || md5(copies.sid || p.sid)))).*
  from participants p, copies where p.conversation_sid = $1 returning 1
), words as (
  insert into messages select (jsonb_populate_record(m, jsonb_build_object(
    'conversation_sid', copies.sid, 'sid', 'IM' || md5(copies.sid || m.sid)))).*
  from messages m, copies where m.conversation_sid = $1 returning 1
)
select sid from copies order by sid
"""


async def copies_of(api: AccountClient, room: str, number: int) -> list[str]:
    """So many conversations like *room*, with its participants and messages; their SIDs."""
    async with api.parlour.inside.database.session() as reading:
        return [row["sid"] for row in await reading.fetch(_MANY, room, number)]
