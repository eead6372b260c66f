"""What may happen to a service's notifications."""

import msgspec

from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.resources.notifications import queries
from parlour.resources.notifications.model import Notifications, NotificationsEdit, Settings, merged, settings_of
from parlour.runtime.work import Work


async def fetch(work: Work) -> Notifications:
    """The service's notifications; raises NotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        return _whole(await queries.get(reading, work.scope))


async def update(work: Work, edit: NotificationsEdit) -> Notifications:
    """The service's notifications with what was sent changed; raises NotFound.

    race: the service's row is locked before it is read, so that of two updates neither undoes the other.
    """
    permit(work.actor, ACCOUNTS_ONLY)
    sent = settings_of(edit)
    if not sent:
        return await fetch(work)
    async with work.write() as tx:
        settings = merged(await queries.lock(tx, work.scope), sent)
        await queries.replace(tx, work.scope, settings)
    return _whole(settings)


def _whole(settings: Settings) -> Notifications:
    return msgspec.convert(settings, Notifications)
