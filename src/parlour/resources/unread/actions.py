"""What may happen to what a user has not read yet: it is asked for."""

from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.resources.unread import queries
from parlour.resources.unread.model import Unread
from parlour.runtime.work import Work


async def fetch(work: Work, user: str) -> Unread:
    """How much the user has not read yet; raises NotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        return await queries.get(reading, work.scope, user)
