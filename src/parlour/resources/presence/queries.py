"""SQL of presence. Which process has sockets of whom, and which processes live, by the clock of the database."""

from collections.abc import Sequence

from parlour.resources.presence.model import Holding
from parlour.runtime.connected import Connection
from parlour.storage.transaction import Reading, Transaction


def _services(connections: Sequence[Connection]) -> list[str]:
    return [each.service_sid for each in connections]


def _identities(connections: Sequence[Connection]) -> list[str]:
    return [each.identity for each in connections]


async def reachable(reading: Reading, services: Sequence[str]) -> dict[str, bool]:
    """Whether reachability is enabled in each of the services; those that are gone are left out."""
    rows = await reading.fetch("select sid, reachability_enabled from services where sid = any($1)", services)
    return dict(rows)


async def renew(tx: Transaction, process: str) -> bool:
    """The process lives; False if the others have given it up."""
    found = await tx.fetchval("update presence_processes set seen_at = now() where sid = $1 returning 1", process)
    return found is not None


async def enter(tx: Transaction, process: str) -> None:
    """A process has come."""
    await tx.execute("insert into presence_processes (sid, seen_at) values ($1, now())", process)


async def leave(tx: Transaction, process: str, seconds: float) -> None:
    """The process looks as if it had last shown that it lives so many seconds ago."""
    await tx.execute(
        "update presence_processes set seen_at = now() - make_interval(secs => $2) where sid = $1", process, seconds
    )


async def give_up(tx: Transaction, lease_seconds: float) -> float | None:
    """Processes that have not shown for so long that they live are gone; in how many seconds the next might be."""
    left = await tx.fetchval(
        """
        with gone as (delete from presence_processes where seen_at < now() - make_interval(secs => $1) returning sid)
        select extract(epoch from min(seen_at) - now()) + $1 from presence_processes
        where sid not in (select sid from gone)
        """,
        lease_seconds,
    )
    return None if left is None else float(left)


async def wrong(
    reading: Reading, process: str, connections: Sequence[Connection], are_connected: Sequence[bool]
) -> list[int]:
    """The places of those of whom the database does not say what this process knows."""
    rows = await reading.fetch(
        """
        select wanted.place
        from unnest($1::int[], $2::text[], $3::text[], $4::boolean[]) as wanted(place, service_sid, identity, is_here)
        join users on users.service_sid = wanted.service_sid and users.identity = wanted.identity
        cross join lateral (select exists (
          select from presence_sockets s
          where s.service_sid = users.service_sid and s.identity = users.identity and s.process = $5)) as row(is_there)
        where is_there <> is_here or (is_here and users.is_online is not true)
        """,
        list(range(len(connections))),
        _services(connections),
        _identities(connections),
        are_connected,
        process,
    )
    return [place for (place,) in rows]


async def lock(tx: Transaction, connections: Sequence[Connection]) -> list[Connection]:
    """Those whose users are there and locked now; others hold the rest, or nobody has them any more."""
    rows = await tx.fetch(
        """
        select wanted.account_sid, users.service_sid, users.identity
        from unnest($1::text[], $2::text[], $3::text[]) as wanted(account_sid, service_sid, identity)
        join users on users.service_sid = wanted.service_sid and users.identity = wanted.identity
        for no key update of users skip locked
        """,
        [each.account_sid for each in connections],
        _services(connections),
        _identities(connections),
    )
    return [Connection(*row) for row in rows]


async def add(tx: Transaction, process: str, connections: Sequence[Connection]) -> None:
    """The process has sockets of these, whose users are locked."""
    await tx.execute(
        """insert into presence_sockets (service_sid, identity, process)
           select *, $3 from unnest($1::text[], $2::text[]) on conflict do nothing""",
        _services(connections),
        _identities(connections),
        process,
    )


async def remove(tx: Transaction, holdings: Sequence[Holding]) -> None:
    """These processes have no sockets of these any more."""
    await tx.execute(
        """
        delete from presence_sockets s
        using unnest($1::text[], $2::text[], $3::text[]) as gone(service_sid, identity, process)
        where s.service_sid = gone.service_sid and s.identity = gone.identity and s.process = gone.process
        """,
        _services([each.connection for each in holdings]),
        _identities([each.connection for each in holdings]),
        [each.process for each in holdings],
    )


async def withdraw(tx: Transaction, process: str, services: Sequence[str]) -> None:
    """The process has nothing to say of *services* any more."""
    await tx.execute("delete from presence_sockets where process = $1 and service_sid = any($2)", process, services)


async def forget(tx: Transaction, service_sid: str, identity: str) -> None:
    """Nobody has sockets of the identity, which is gone."""
    await tx.execute("delete from presence_sockets where service_sid = $1 and identity = $2", service_sid, identity)


async def are_held(tx: Transaction, connections: Sequence[Connection]) -> list[bool]:
    """Whether some process has a socket of each."""
    rows = await tx.fetch(
        """
        select exists (
          select from presence_sockets s where s.service_sid = wanted.service_sid and s.identity = wanted.identity)
        from unnest($1::text[], $2::text[]) with ordinality as wanted(service_sid, identity, place) order by place
        """,
        _services(connections),
        _identities(connections),
    )
    return [is_held for (is_held,) in rows]


async def orphans(reading: Reading, limit: int) -> list[Holding]:
    """Rows of processes that are gone."""
    rows = await reading.fetch(
        """
        select services.account_sid, s.service_sid, s.identity, s.process
        from presence_sockets s join services on services.sid = s.service_sid
        join users on users.service_sid = s.service_sid and users.identity = s.identity
        where not exists (select from presence_processes where presence_processes.sid = s.process)
        order by s.service_sid, s.identity limit $1
        """,
        limit,
    )
    return [Holding(Connection(*connection), process) for *connection, process in rows]


async def suspects(reading: Reading, limit: int) -> list[Connection]:
    """Those that are called online though no process has a socket of theirs."""
    rows = await reading.fetch(
        """
        select services.account_sid, users.service_sid, users.identity
        from users join services on services.sid = users.service_sid
        where users.is_online and not exists (
          select from presence_sockets s where s.service_sid = users.service_sid and s.identity = users.identity)
        limit $1
        """,
        limit,
    )
    return [Connection(*row) for row in rows]
