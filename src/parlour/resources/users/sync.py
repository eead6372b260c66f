"""What client SDKs see of users."""

from collections.abc import Sequence

from parlour.contract.sync import Change, Changes, Item, ObjectKind, Projection, Readers, Shown, Slice, cut_out
from parlour.core.sids import Prefix
from parlour.core.sync_names import USER_INFO
from parlour.core.windows import Since, Window
from parlour.resources.users import queries
from parlour.resources.users.facts import UserFact, UserReachabilityChanged, UserRemoved, UserUpdated
from parlour.resources.users.model import SeenUser, User
from parlour.storage.transaction import Reading


def _reachability(user: User, number: int) -> Item:
    online, notifiable = (user.is_online, user.is_notifiable) if isinstance(user, SeenUser) else (None, None)
    return Item("reachability", {"online": bool(online), "notifiable": bool(notifiable)}, number)


def _items(user: User, number: int) -> list[Item]:
    """A user is a map with one item for each thing that others see of them, by key."""
    return [
        Item("attributes", {"value": user.attributes}, number),
        Item("friendlyName", {"value": user.friendly_name}, number),
        _reachability(user, number),
    ]


async def _read(reading: Reading, wanted: Sequence[Window]) -> list[Slice]:
    found = await queries.seen(reading, wanted)
    return [
        Slice([]) if user is None else cut_out(_items(user, user.last_event_id), window)
        for user, window in zip(found, wanted, strict=True)
    ]


async def _changes(reading: Reading, wanted: Sequence[Since]) -> list[Changes]:
    found = await queries.seen(reading, wanted)
    return [
        _items(user, user.last_event_id) if user is not None and user.last_event_id > asked.above else []
        for user, asked in zip(found, wanted, strict=True)
    ]


def _owner(fact: UserFact) -> str:
    return fact.user.sid


def _all(fact: UserUpdated) -> list[Item]:
    return _items(fact.user, fact.user.last_event_id)


def _reached(fact: UserReachabilityChanged) -> list[Item]:
    return [_reachability(fact.user, fact.user.last_event_id)]


user = Projection(
    kind=ObjectKind.MAP,
    name=USER_INFO,
    of=Prefix.USER,
    readers=Readers.SERVICE,
    read=_read,
    changes=_changes,
    facts={
        UserUpdated: Shown(Change.UPDATED, _owner, _all),
        UserReachabilityChanged: Shown(Change.UPDATED, _owner, _reached),
        UserRemoved: Shown(Change.GONE, _owner),
    },
)
