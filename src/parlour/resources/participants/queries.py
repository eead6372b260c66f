"""SQL of participants. ``reference`` is a participant's SID or its identity. Writers hold the conversation's lock."""

from collections.abc import Mapping
from typing import Any

import msgspec

from parlour.core.errors import ConversationRoleNotFound, NotFound
from parlour.core.paging import Page, PageRequest
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, is_sid
from parlour.resources.conversations.queries import noted
from parlour.resources.participants.model import MAX_OPEN_CONVERSATIONS, Participant, Size
from parlour.storage.columns import changes, columns
from parlour.storage.gathered import RowSource
from parlour.storage.keyset import Keyset
from parlour.storage.transaction import Reading, Transaction, refusing

PARTICIPANT = columns(Participant)
_ORDER = Keyset(("created_at", "sid"))
ROSTERS = RowSource(
    columns=f"{columns(Participant, 'x')}, x.born_event_id",
    rows="from participants x where x.service_sid = wanted.service_sid and x.conversation_sid = wanted.owner",
    key="x.sid",
    type="text",
)
"""All participants of a conversation, by their SIDs."""


def named_by(reference: str) -> str:
    """The column that *reference* is a value of."""
    return "sid" if is_sid(reference, Prefix.PARTICIPANT) else "identity"


async def get(reading: Reading, scope: Scope, conversation_sid: str, reference: str) -> Participant:
    """The participant; raises NotFound."""
    row = await reading.fetchrow(
        f"""select {PARTICIPANT} from participants
            where service_sid = $1 and conversation_sid = $2 and {named_by(reference)} = $3""",
        scope.service,
        conversation_sid,
        reference,
    )
    if row is None:
        raise NotFound
    return Participant(*row)


async def find_identity(reading: Reading, scope: Scope, conversation_sid: str, identity: str) -> bool:
    """Whether the identity takes part in the conversation."""
    found = await reading.fetchval(
        "select 1 from participants where service_sid = $1 and conversation_sid = $2 and identity = $3",
        scope.service,
        conversation_sid,
        identity,
    )
    return found is not None


async def page(reading: Reading, scope: Scope, conversation_sid: str, request: PageRequest) -> Page[Participant]:
    """The conversation's participants in the order of their creation."""
    return await _ORDER.page(
        reading,
        f"select {PARTICIPANT} from participants where service_sid = $1 and conversation_sid = $2",
        (scope.service, conversation_sid),
        request,
        lambda row: Participant(*row),
        parents=(conversation_sid,),
    )


async def insert(tx: Transaction, scope: Scope, values: Mapping[str, Any]) -> Participant | None:
    """Stores a participant, which is to be counted; None if the identity takes part already."""
    names = ", ".join(values)
    places = ", ".join(f"${number}" for number in range(2, len(values) + 2))
    with refusing(participants_role=ConversationRoleNotFound()):
        row = await tx.fetchrow(
            f"""
            with added as (
              insert into participants (service_sid, {names}, born_event_id, last_event_id)
              select $1, {places}, event.id, event.id from nextval('event_ids') as event(id)
              on conflict on constraint participants_identity do nothing returning {PARTICIPANT}
            ), {noted("added")}
            select {PARTICIPANT} from added
            """,
            scope.service,
            *values.values(),
        )
    return None if row is None else Participant(*row)


async def update(tx: Transaction, scope: Scope, before: Participant, edit: dict[str, Any]) -> Participant:
    """Changes the columns in *edit*; raises ConversationRoleNotFound."""
    with refusing(participants_role=ConversationRoleNotFound()):
        row = await tx.fetchone(
            f"""
            with changed as (
              update participants set last_event_id = nextval('event_ids'){changes(edit, 3)}
              where service_sid = $1 and conversation_sid = $2 and sid = $3 returning {PARTICIPANT}
            ), {noted("changed")}
            select {PARTICIPANT} from changed
            """,
            scope.service,
            before.conversation_sid,
            before.sid,
            *edit.values(),
        )
    return Participant(*row)


async def delete(tx: Transaction, scope: Scope, participant: Participant) -> Participant:
    """Removes the participant, frees its address pair and leaves a tombstone, whose event number it has then."""
    await release_pair(tx, scope, participant)
    await count(tx, scope, participant.conversation_sid, -1, -1 if participant.identity is None else 0)
    event_id: int = await tx.fetchval(
        f"with {_bury('and sid = $4')}, {noted('stones')} select last_event_id from stones",
        scope.service,
        participant.conversation_sid,
        tx.now,
        participant.sid,
    )
    return msgspec.structs.replace(participant, last_event_id=event_id)


async def delete_all(tx: Transaction, scope: Scope, conversation_sid: str) -> None:
    """Removes the participants of a deleted conversation; tombstones tell their users that it ended."""
    await release_addresses(tx, scope, conversation_sid)
    await tx.execute(f"with {_bury('')} select", scope.service, conversation_sid, tx.now)


def _bury(which: str) -> str:
    """Parts of a ``with``: the participants are gone, and ``stones`` has their conversation and new number."""
    return f"""gone as (
          delete from participants where service_sid = $1 and conversation_sid = $2 {which} returning *
        ), stones as (
          insert into tombstones
            (service_sid, conversation_sid, kind, sid, identity, born_event_id, event_id, removed_at)
          select service_sid, conversation_sid, 'participant', sid, identity, born_event_id, nextval('event_ids'), $3
          from gone returning conversation_sid, event_id as last_event_id
        )"""


async def of_user(tx: Transaction, scope: Scope, user_sid: str) -> list[Participant]:
    """The user's participants, after their conversations were locked, in the order of their SIDs."""
    await tx.execute(
        """
        select 1 from conversations
        where service_sid = $1 and sid in (
          select conversation_sid from participants where service_sid = $1 and user_sid = $2)
        order by sid for no key update
        """,
        scope.service,
        user_sid,
    )
    rows = await tx.fetch(
        f"select {PARTICIPANT} from participants where service_sid = $1 and user_sid = $2 order by conversation_sid",
        scope.service,
        user_sid,
    )
    return [Participant(*row) for row in rows]


async def claim_pair(
    tx: Transaction, scope: Scope, pair: tuple[str, str], conversation_sid: str, participant_sid: str
) -> str | None:
    """Takes the address pair for the participant; if another has it, the SID of the conversation of that.

    race: the holder may let go between the two statements; then the next turn gets it.
    """
    while True:
        claimed = await tx.fetchval(
            """
            insert into address_pairs
              (account_sid, address, proxy_address, service_sid, conversation_sid, participant_sid)
            values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning participant_sid
            """,
            scope.account,
            *pair,
            scope.service,
            conversation_sid,
            participant_sid,
        )
        if claimed is not None:
            return None
        holder = await tx.fetchrow(
            """select conversation_sid, participant_sid from address_pairs
               where account_sid = $1 and address = $2 and proxy_address = $3""",
            scope.account,
            *pair,
        )
        if holder is not None:
            return None if holder["participant_sid"] == participant_sid else str(holder["conversation_sid"])


async def release_pair(tx: Transaction, scope: Scope, participant: Participant) -> None:
    """Frees the address pair that *participant* names, if it is still its own."""
    if participant.pair is not None:
        await tx.execute(
            """delete from address_pairs
               where account_sid = $1 and address = $2 and proxy_address = $3 and participant_sid = $4""",
            scope.account,
            *participant.pair,
            participant.sid,
        )


async def release_addresses(tx: Transaction, scope: Scope, conversation_sid: str) -> None:
    """Frees all address pairs of a conversation, and the address set of a group MMS."""
    await tx.execute(
        """
        with pairs as (delete from address_pairs where service_sid = $1 and conversation_sid = $2)
        delete from group_address_sets where service_sid = $1 and conversation_sid = $2
        """,
        scope.service,
        conversation_sid,
    )


async def bound(tx: Transaction, scope: Scope, conversation_sid: str) -> tuple[list[Participant], Size]:
    """The participants that have a messaging binding; and how many there are in all, and whether it is a group."""
    rows = await tx.fetch(
        f"""
        select {columns(Participant, "p")}, c.participant_count, c.is_group from conversations c
        left join participants p on p.service_sid = c.service_sid and p.conversation_sid = c.sid
          and (p.address is not null or p.projected_address is not null)
        where c.service_sid = $1 and c.sid = $2
        """,
        scope.service,
        conversation_sid,
    )
    size = Size(rows[0]["participant_count"], rows[0]["is_group"])
    return [Participant(*row[:-2]) for row in rows if row["sid"] is not None], size


async def claim_set(tx: Transaction, scope: Scope, conversation_sid: str, digest: bytes) -> str | None:
    """Takes the set of addresses for the conversation, a group now; if another has it, that one's SID.

    race: as for `claim_pair`.
    """
    while True:
        holder: str | None = await tx.fetchval(
            """
            with claimed as (
              insert into group_address_sets (account_sid, digest, service_sid, conversation_sid)
              values ($1, $2, $3, $4) on conflict do nothing returning conversation_sid)
            select conversation_sid from claimed
            union all
            select conversation_sid from group_address_sets where account_sid = $1 and digest = $2
            """,
            scope.account,
            digest,
            scope.service,
            conversation_sid,
        )
        if holder == conversation_sid:
            break
        if holder is not None:
            return holder
    await tx.execute(
        """
        with former as (
          delete from group_address_sets where service_sid = $1 and conversation_sid = $2 and digest <> $3)
        update conversations set is_group = true where service_sid = $1 and sid = $2 and not is_group
        """,
        scope.service,
        conversation_sid,
        digest,
    )
    return None


async def end_group(tx: Transaction, scope: Scope, conversation_sid: str) -> None:
    """The conversation is no group MMS any more."""
    await tx.execute(
        """
        with former as (delete from group_address_sets where service_sid = $1 and conversation_sid = $2)
        update conversations set is_group = false where service_sid = $1 and sid = $2
        """,
        scope.service,
        conversation_sid,
    )


async def open_conversations(tx: Transaction, scope: Scope, identity: str) -> int:
    """In how many conversations that are not closed the identity takes part, as far as the limit cares."""
    count: int = await tx.fetchval(
        """
        select count(*) from (
          select 1 from participants p
          join conversations c on c.service_sid = p.service_sid and c.sid = p.conversation_sid
          where p.service_sid = $1 and p.identity = $2 and c.state <> 'closed' limit $3) as counted
        """,
        scope.service,
        identity,
        MAX_OPEN_CONVERSATIONS + 1,
    )
    return count


async def count(tx: Transaction, scope: Scope, conversation_sid: str, all: int, channel: int) -> tuple[int, int]:
    """Adds to the conversation's numbers of participants, and of those without an identity; returns what they are."""
    row = await tx.fetchone(
        """
        update conversations set participant_count = participant_count + $3,
                                 channel_participant_count = channel_participant_count + $4
        where service_sid = $1 and sid = $2 returning participant_count, channel_participant_count
        """,
        scope.service,
        conversation_sid,
        all,
        channel,
    )
    return row["participant_count"], row["channel_participant_count"]
