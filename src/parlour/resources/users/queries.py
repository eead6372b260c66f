"""SQL of users. ``reference`` is a user's SID or its identity."""

from collections.abc import Collection, Sequence

from parlour.core.actor import EndUser
from parlour.core.errors import NotFound
from parlour.core.paging import Page, PageRequest
from parlour.core.permissions import named
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, is_sid
from parlour.core.windows import Since, Window
from parlour.resources.users.model import SeenUser, User
from parlour.storage.columns import changes, columns
from parlour.storage.gathered import by_place
from parlour.storage.keyset import Keyset
from parlour.storage.transaction import Reading, Transaction

_USER = columns(User)
_IS_SHOWN = "(select reachability_enabled from services where sid = $1)"
_SEEN = f"{_USER}, case when {_IS_SHOWN} then is_notifiable end, case when {_IS_SHOWN} then is_online end"
"""The columns of a SeenUser in the service $1."""
_ORDER = Keyset(("created_at", "sid"))


def named_by(reference: str) -> str:
    """The column that *reference* is a value of."""
    return "sid" if is_sid(reference, Prefix.USER) else "identity"


async def find(reading: Reading, scope: Scope, reference: str) -> User | None:
    """The user, or None."""
    row = await reading.fetchrow(
        f"select {_USER} from users where service_sid = $1 and {named_by(reference)} = $2",
        scope.service,
        reference,
    )
    return None if row is None else User(*row)


async def get(reading: Reading, scope: Scope, reference: str) -> User:
    """The user; raises NotFound."""
    user = await find(reading, scope, reference)
    if user is None:
        raise NotFound
    return user


async def get_seen(reading: Reading, scope: Scope, reference: str) -> SeenUser:
    """The user, with what only a fetch shows; raises NotFound."""
    row = await reading.fetchrow(
        f"""
        select {_SEEN} from users where service_sid = $1 and {named_by(reference)} = $2
        """,
        scope.service,
        reference,
    )
    if row is None:
        raise NotFound
    return SeenUser(*row)


async def find_end_user(reading: Reading, scope: Scope, reference: str) -> EndUser | None:
    """The user as a principal, with the rights that their role gives at this moment, or None."""
    row = await reading.fetchrow(
        f"""
        select u.service_sid, u.sid, u.identity, r.permissions from users u
        join roles r on r.service_sid = u.service_sid and r.sid = u.role_sid
        where u.service_sid = $1 and u.{named_by(reference)} = $2
        """,
        scope.service,
        reference,
    )
    if row is None:
        return None
    return EndUser(scope.account, row["service_sid"], row["sid"], row["identity"], named(row["permissions"]))


async def end_user(reading: Reading, scope: Scope, reference: str) -> EndUser:
    """The same; raises NotFound."""
    user = await find_end_user(reading, scope, reference)
    if user is None:
        raise NotFound
    return user


async def lock(tx: Transaction, scope: Scope, reference: str) -> User | None:
    """The user, locked until the end of the transaction, or None."""
    row = await tx.fetchrow(
        f"""select {_USER} from users where service_sid = $1 and {named_by(reference)} = $2
            for no key update""",
        scope.service,
        reference,
    )
    return None if row is None else User(*row)


async def page(reading: Reading, scope: Scope, request: PageRequest) -> Page[User]:
    """The service's users in the order of their creation."""
    return await _ORDER.page(
        reading,
        f"select {_USER} from users where service_sid = $1",
        (scope.service,),
        request,
        lambda row: User(*row),
    )


async def insert(tx: Transaction, scope: Scope, user: User) -> User | None:
    """Stores *user* under a new event number; None if the identity is taken."""
    row = await tx.fetchrow(
        f"""
        insert into users (service_sid, sid, identity, friendly_name, attributes, role_sid, created_at, updated_at,
                           born_event_id, last_event_id)
        select $1, $2, $3, $4, $5, $6, $7, $8, event.id, event.id from nextval('event_ids') as event(id)
        on conflict on constraint users_identity do nothing returning {_USER}
        """,
        scope.service,
        user.sid,
        user.identity,
        user.friendly_name,
        user.attributes,
        user.role_sid,
        user.created_at,
        user.updated_at,
    )
    return None if row is None else User(*row)


async def update(tx: Transaction, scope: Scope, reference: str, edit: dict[str, object]) -> SeenUser:
    """Changes the columns in *edit*; raises NotFound."""
    row = await tx.fetchrow(
        f"""
        update users set updated_at = $3, last_event_id = nextval('event_ids'){changes(edit, 3)}
        where service_sid = $1 and {named_by(reference)} = $2 returning {_SEEN}
        """,
        scope.service,
        reference,
        tx.now,
        *edit.values(),
    )
    if row is None:
        raise NotFound
    return SeenUser(*row)


async def set_notifiable(tx: Transaction, scope: Scope, identity: str, is_notifiable: bool) -> SeenUser | None:
    """Writes down whether push notifications reach the user with *identity*; the user if that is new and to be told."""
    row = await tx.fetchrow(
        f"""
        update users set is_notifiable = $3,
          last_event_id = case when {_IS_SHOWN} then nextval('event_ids') else last_event_id end
        where service_sid = $1 and identity = $2 and is_notifiable is distinct from $3
        returning {_IS_SHOWN}, {_SEEN}
        """,
        scope.service,
        identity,
        is_notifiable,
    )
    return SeenUser(*row[1:]) if row is not None and row[0] else None


async def set_online(
    tx: Transaction, users: Sequence[tuple[str, str]], are_online: Sequence[bool]
) -> list[tuple[str, SeenUser]]:
    """Writes down of *users*, service and identity, whether they are online, which is nothing for those that never were
    and are not; returns those for whom it is new and to be told, each with its service."""
    rows = await tx.fetch(
        f"""
        with present as (
          select wanted.*, s.reachability_enabled as is_shown
          from unnest($1::text[], $2::text[], $3::boolean[]) as wanted(service, name, is_there)
          join services s on s.sid = wanted.service
        )
        update users set is_online = is_there,
          last_event_id = case when is_shown then nextval('event_ids') else last_event_id end
        from present where service_sid = service and identity = name
          and is_online is distinct from is_there and (is_there or is_online)
        returning is_shown, service_sid, {_USER}, is_notifiable, is_online
        """,
        [service for service, _ in users],
        [identity for _, identity in users],
        are_online,
    )
    return [(service, SeenUser(*user)) for is_shown, service, *user in rows if is_shown]


async def delete(tx: Transaction, scope: Scope, sid: str) -> None:
    """Removes the user, which is locked and takes part in nothing any more.

    Not before that: whoever changes a participant holds its conversation and may need the user's row to be there.
    """
    await tx.execute("delete from users where service_sid = $1 and sid = $2", scope.service, sid)


async def seen(reading: Reading, wanted: Sequence[Window | Since]) -> list[SeenUser | None]:
    """The users with these SIDs; None for one that is unknown in its service."""
    rows = await reading.fetch(
        f"""
        select {columns(User, "u")}, case when s.reachability_enabled then u.is_notifiable end,
          case when s.reachability_enabled then u.is_online end, wanted.place
        from unnest($1::int[], $2::text[], $3::text[]) as wanted(place, service_sid, sid)
        join users u on u.service_sid = wanted.service_sid and u.sid = wanted.sid
        join services s on s.sid = u.service_sid
        """,
        list(range(len(wanted))),
        [each.service_sid for each in wanted],
        [each.owner for each in wanted],
    )
    return [SeenUser(*theirs[0]) if theirs else None for theirs in by_place(rows, len(wanted))]


async def deleted(reading: Reading, users: Collection[tuple[str, str]]) -> frozenset[str]:
    """The SIDs of those of *users*, each with its service, that there are no more."""
    rows = await reading.fetch(
        """
        select asked.sid from unnest($1::text[], $2::text[]) as asked (service_sid, sid)
        where not exists (select from users u where u.service_sid = asked.service_sid and u.sid = asked.sid)
        """,
        [service for service, _ in users],
        [sid for _, sid in users],
    )
    return frozenset(row["sid"] for row in rows)
