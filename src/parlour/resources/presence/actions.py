"""How it is kept up who is connected."""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from parlour.core.actor import QUIET_SYSTEM
from parlour.core.errors import NotFound, Unavailable
from parlour.core.scope import Scope
from parlour.resources.presence import queries
from parlour.resources.presence.model import BATCH_SIZE, HEARTBEAT_SECONDS, LEASE_SECONDS, MAX_SUSPECTS, Holding
from parlour.resources.services import queries as services
from parlour.resources.users import queries as users
from parlour.resources.users.facts import UserReachabilityChanged, UserRemoved
from parlour.runtime.connected import Connected, Connection
from parlour.runtime.node import Node
from parlour.runtime.signals import PRESENCE
from parlour.storage.transaction import Transaction

RETRY_SECONDS = 0.5
"""After which users are tried again that somebody else holds."""
_Change = Callable[[Transaction, Sequence[Connection]], Awaitable[None]]
"""Changes the rows of those whose users are locked."""
_EVERYWHERE = Scope("", None)
"""Of work that goes through many accounts at once."""


async def is_shown(node: Node, scope: Scope) -> bool:
    """Whether the service shows who is online."""
    try:
        async with node.database.session() as reading:
            return (await services.current(reading, scope)).reachability_enabled
    except NotFound:
        return False


def began(node: Node, scope: Scope, identity: str) -> None:
    """The identity has one more socket in this process."""
    connection = _connection(scope, identity)
    node.connected.began(connection)
    _wake(node, connection)


def ended(node: Node, scope: Scope, identity: str) -> None:
    """The identity has one socket less in this process."""
    connection = _connection(scope, identity)
    if node.connected.ended(connection):
        _wake(node, connection)


def _connection(scope: Scope, identity: str) -> Connection:
    assert scope.service is not None, "clients log in to a service"
    return Connection(scope.account, scope.service, identity)


def _wake(node: Node, connection: Connection) -> None:
    """A service where nothing is to be written costs nothing; that it may have changed, others tell."""
    if node.connected.known.get(connection.service_sid, True):
        node.signals.wake(PRESENCE)


async def follow_user(tx: Transaction, scope: Scope, fact: UserRemoved) -> None:
    """Reaction: a deleted user, which is locked, is nowhere any more."""
    await queries.forget(tx, str(scope.service), fact.user.identity)


async def keep(node: Node) -> bool | float:
    """A turn in the background: writes down what has changed here, and looks after processes that are gone."""
    connected = node.connected
    connected.let_go()
    await _look_at_services(node)
    is_due = not 0 < connected.due_at - connected.now() <= HEARTBEAT_SECONDS  # a clock that goes back delays nothing
    await _show_life(node, is_due=is_due)
    is_whole = await _write(node)
    if is_due:
        left = await _look_after_others(node)
        connected.due_at = connected.now() + (HEARTBEAT_SECONDS if left is None else min(HEARTBEAT_SECONDS, left))
    if connected.is_dirty:
        return True if is_whole else RETRY_SECONDS
    until_next = connected.let_go()
    if connected.is_dirty:
        return True
    until_due = max(connected.due_at - connected.now(), 0.01)
    return until_due if until_next is None else min(until_next, until_due)


async def leave(node: Node) -> None:
    """The process ends: others take over its rows once its clients have had their moment to come back."""
    process, node.connected.process = node.connected.process, None
    if process is not None:
        try:
            async with node.transaction(_EVERYWHERE, QUIET_SYSTEM) as tx:
                await queries.leave(tx, process, LEASE_SECONDS - node.connected.grace_seconds)
        except Unavailable:
            return  # it looks like a process that was killed


async def _look_at_services(node: Node) -> None:
    """Reachability may have been enabled or disabled since, and begin or end to matter here."""
    connected = node.connected
    before, asked = connected.known, sorted({*connected.services, *connected.known})
    if not asked:
        return
    async with node.database.session() as reading:
        found = await queries.reachable(reading, asked)
    disabled = [each for each, was in before.items() if was and not found.get(each)]
    if disabled and connected.process is not None:
        async with node.transaction(_EVERYWHERE, QUIET_SYSTEM) as tx:
            await queries.withdraw(tx, connected.process, disabled)
    here = set(connected.services)
    connected.known = {each: found.get(each, False) for each in asked if each in here or found.get(each)}
    connected.touch([each for each, is_on in connected.known.items() if is_on and not before.get(each)])


async def _show_life(node: Node, *, is_due: bool) -> None:
    """The process is known as long as it has something to say; one that was given up begins anew."""
    connected = node.connected
    if not any(connected.known.values()):
        connected.process = None
        return
    if connected.process is not None and not is_due:
        return
    async with node.transaction(_EVERYWHERE, QUIET_SYSTEM) as tx:
        if connected.process is not None and await queries.renew(tx, connected.process):
            return
        process = str(uuid.uuid4())
        await queries.enter(tx, process)
    connected.process = process
    connected.touch([each for each, is_on in connected.known.items() if is_on])


async def _write(node: Node) -> bool:
    """Writes down some of what has changed here; False if others hold some of it."""
    connected = node.connected
    taken = connected.take(BATCH_SIZE)
    unknown = [each for each in taken if each.service_sid not in connected.known and connected.has(each)]
    try:
        left = await _write_some(node, connected, [each for each in taken if connected.known.get(each.service_sid)])
    except BaseException:
        connected.put_back(taken)
        raise
    connected.put_back([*unknown, *left])
    return not left


async def _write_some(node: Node, connected: Connected, connections: Sequence[Connection]) -> list[Connection]:
    """The same for these; returns those that others hold."""
    process = connected.process
    if not connections or process is None:
        return []
    async with node.database.session() as reading:
        places = await queries.wrong(reading, process, connections, [connected.has(each) for each in connections])
    wrong = [connections[place] for place in places]
    return await _settle(node, wrong, partial(_as_here, connected, process)) if wrong else []


async def _as_here(connected: Connected, process: str, tx: Transaction, locked: Sequence[Connection]) -> None:
    here = [each for each in locked if connected.has(each)]
    await queries.add(tx, process, here)
    await queries.remove(tx, [Holding(each, process) for each in locked if not connected.has(each)])


async def _look_after_others(node: Node) -> float | None:
    """Clears what processes left behind that are gone; returns in how many seconds another might be."""
    async with node.transaction(_EVERYWHERE, QUIET_SYSTEM) as tx:
        left = await queries.give_up(tx, LEASE_SECONDS)
    while True:
        async with node.database.session() as reading:
            found = await queries.orphans(reading, BATCH_SIZE)
        held = await _settle(node, [each.connection for each in found], partial(_without, found)) if found else []
        if held:
            return RETRY_SECONDS
        if len(found) < BATCH_SIZE:
            break
    await _clear_suspects(node)
    return left


async def _without(found: Sequence[Holding], tx: Transaction, locked: Sequence[Connection]) -> None:
    await queries.remove(tx, [each for each in found if each.connection in set(locked)])


async def _clear_suspects(node: Node) -> None:
    """Whoever is called online without any socket for so long that each process would have said so is not."""
    connected, now = node.connected, node.connected.now()
    async with node.database.session() as reading:
        found = await queries.suspects(reading, MAX_SUSPECTS)
    connected.suspects = {each: connected.suspects.get(each, now) for each in found}
    ripe = [each for each, since in connected.suspects.items() if since <= now - LEASE_SECONDS]
    for begin in range(0, len(ripe), BATCH_SIZE):
        await _settle(node, ripe[begin : begin + BATCH_SIZE], _unchanged)


async def _unchanged(tx: Transaction, locked: Sequence[Connection]) -> None:
    """There is no row to change."""


async def _settle(node: Node, connections: Sequence[Connection], change: _Change) -> list[Connection]:
    """Changes rows of those who are not held by others, and says of their users whether they are online; returns those
    that others hold.

    race: another process may have changed its rows of the same identity until the user is locked; so what counts is
    read after that.
    """
    wanted = list(dict.fromkeys(connections))
    async with node.transaction(_EVERYWHERE, QUIET_SYSTEM) as tx:
        locked = await queries.lock(tx, wanted)
        await change(tx, locked)
        online = await queries.are_held(tx, locked)
        scopes = {(each.service_sid, each.identity): Scope(each.account_sid, each.service_sid) for each in locked}
        for service_sid, user in await users.set_online(tx, list(scopes), online):
            with tx.within(scopes[service_sid, user.identity]):
                await tx.tell(UserReachabilityChanged(user=user))
    return [each for each in wanted if each not in set(locked)]
