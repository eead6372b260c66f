"""Statements: the SQL that parlour sends for a request, taken from parlour itself, as scripts for pgbench."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

import msgspec

from benchmarks.databases import ACCOUNT, Filled, node_of
from benchmarks.filling import FIRST, addresses, users
from parlour.core.actor import QUIET_SYSTEM
from parlour.core.errors import NotFound
from parlour.core.paging import PageRequest
from parlour.resources.messages.queries import APPEND_IN_BATCHES
from parlour.resources.participant_conversations import actions as participant_conversations
from parlour.resources.participant_conversations.model import ParticipantConversationQuery
from parlour.resources.services.actions import resolve
from parlour.resources.user_conversations import actions as user_conversations
from parlour.resources.user_conversations.model import UserConversationQuery
from parlour.runtime.node import Node
from parlour.runtime.work import Work

PAGE = 50
"""Rows of the page that is asked for, which is the default."""
BODY = "The parcel has left our house this morning; it should be with you by Thursday."
"""What every message says: as long as an ordinary sentence."""

_PARAMETER = re.compile(r"\$(\d+)")
_LITERAL = re.compile(r"'[^']*'")


class Script(msgspec.Struct, frozen=True):
    """A transaction for pgbench: what it draws at random, then parlour's statements in order."""

    draws: Mapping[str, tuple[int, int]]
    """Variables, each a whole number between the two."""
    statements: tuple[str, ...]
    values: Mapping[str, str]
    """Variables that are the same every time."""

    @property
    def text(self) -> str:
        drawn = [rf"\set {name} random({least}, {most})" for name, (least, most) in self.draws.items()]
        return "\n".join([*drawn, *self.statements, ""])


def for_pgbench(statement: str, values: Sequence[str]) -> str:
    """*statement* on one line with *values*, expressions over pgbench's variables, in the places of its ``$1`` …

    They have types: pgbench makes of a parameter in several places several, and each has to be the same.
    """
    given = _PARAMETER.sub(lambda match: f"({values[int(match[1]) - 1]})", " ".join(statement.split()))
    return _LITERAL.sub(_without_colons, given) + ";"


def _without_colons(literal: re.Match[str]) -> str:
    """The same literal without colons: pgbench sees variables in quotes, too (``'HH24:MI'``), and has no escape."""
    if ":" not in literal[0]:
        return literal[0]
    return "U&" + literal[0].replace("\\", "\\\\").replace(":", "\\003A")


async def list_of_user(database: Filled) -> Script:
    """The first page of a random user's conversations."""
    async with node_of(database.url) as node:
        return _list(database, await sent_for_user(node, ACCOUNT, str(FIRST)), users(database.conversations))


async def list_of_address(database: Filled) -> Script:
    """The first page of the conversations in which a random address takes part."""
    async with node_of(database.url) as node:
        return _list(database, await sent_for_address(node, ACCOUNT, str(FIRST)), addresses(database.conversations))


def _list(database: Filled, sent: list[str], known: int) -> Script:
    resolve_scope, page = sent
    return Script(
        {"who": (FIRST, FIRST + known - 1)},
        (
            for_pgbench(resolve_scope, (":account::text",)),
            for_pgbench(page, ("0::int", ":service::text", ":who::text", ":size::bigint")),
        ),
        {"account": ACCOUNT, "service": database.service_sid, "size": str(PAGE + 1)},
    )


def append_message(database: Filled, rooms: tuple[int, int]) -> Script:
    """A message to a random conversation of those between the two numbers, by the statement that parlour writes
    messages with: a batch of one."""
    return _post(database, rooms, for_pgbench(APPEND_IN_BATCHES.sql, [f"array[{each}]" for each in _MESSAGE]))


def insert_message(database: Filled, rooms: tuple[int, int]) -> Script:
    """The same by the shortest statement that writes the rows of one message: what parlour's own is measured by."""
    return _post(database, rooms, for_pgbench(_SHORTEST, _MESSAGE))


def _post(database: Filled, rooms: tuple[int, int], statement: str) -> Script:
    least, most = rooms
    return Script(
        {"room": (FIRST + least, FIRST + most), "message": (10**17, 10**18 - 1)},
        (statement,),
        {"account": ACCOUNT, "service": database.service_sid, "author": str(FIRST), "body": BODY},
    )


_NOW = "now()::timestamptz"
_MESSAGE = (
    "('IM00000000000000' || :message)::text",
    ":service::text",
    "('CH0000000000000000000000' || :room)::text",
    "null::text",
    ":author::text",
    ":body::text",
    "null::text",
    "'{}'::text",
    _NOW,
    _NOW,
    _NOW,
    ":account::text",
    "'API'::text",
    "0::smallint",
    "('RQ00000000000000' || :message)::text",
    "null::text",
    "null::text",
)
"""The parameters of APPEND for one message; the author is a user that takes part in few of the conversations."""

_SHORTEST = """
with spoken as (
  update conversations
  set last_index = last_index + 1, message_count = message_count + 1, last_activity_at = $11, state = 'active',
      last_event_id = nextval('event_ids')
  where service_sid = $2 and sid = coalesce($3, $4) and state in ('active', 'inactive')
  returning service_sid, sid, last_index, last_event_id
), message as (
  insert into messages (service_sid, conversation_sid, index, sid, author, body, subject, attributes,
                        created_at, updated_at, born_event_id, last_event_id)
  select service_sid, sid, last_index, $1, $5, $6, $7, $8, $9, $10, last_event_id, last_event_id from spoken
  returning *
), told as (
  insert into events (service_sid, id, account_sid, conversation_sid, type, source, audiences, payload, created_at,
                      request_sid, identity)
  select service_sid, last_event_id, $12, conversation_sid, 'MessageAdded', $13, $14, to_jsonb(message), $11, $15, $16
  from message
)
select * from message
"""


async def sent_for_user(node: Node, account: str, identity: str) -> list[str]:
    """What parlour sends for the first page of a user's conversations, after the credential check."""
    query = UserConversationQuery()
    return await _sent(node, account, lambda work: user_conversations.page(work, identity, query, PageRequest(PAGE)))


async def sent_for_address(node: Node, account: str, address: str) -> list[str]:
    """The same for the conversations of an address."""
    query = ParticipantConversationQuery(address=address)
    return await _sent(node, account, lambda work: participant_conversations.page(work, query, PageRequest(PAGE)))


async def _sent(node: Node, account: str, act: Callable[[Work], Awaitable[object]]) -> list[str]:
    sent: list[str] = []

    def note(sql: str) -> None:
        task = asyncio.current_task()
        if (
            task is None or task.get_name() not in node.signals.hub.topics
        ):  # what is done in the background comes when it likes
            sent.append(sql)

    node.database.on_statement = note
    try:
        with suppress(NotFound):  # in a database without that user; it was asked all the same
            await act(Work(node, await resolve(node, account, None), QUIET_SYSTEM))
    finally:
        node.database.on_statement = None
    return sent
