"""What channels will do in earnest: record how far a message has come to one of its recipients."""

from parlour.core.actor import SYSTEM
from parlour.core.scope import Scope
from parlour.core.sids import Prefix, new_sid
from parlour.resources.receipts import actions
from parlour.resources.receipts.model import Receipt, Status
from parlour.runtime.work import Work
from tests.account_client import AccountClient


async def record(
    api: AccountClient,
    message: dict[str, object],
    participant: str,
    status: Status = Status.SENT,
    *,
    error_code: int = 0,
    channel_message_sid: str | None = None,
) -> Receipt:
    """The receipt of *participant* for *message*, a row of the API, after it was heard to have that status."""
    work = Work(api.parlour.inside, Scope(api.account, api.service), SYSTEM)
    return await actions.record(
        work,
        str(message["conversation_sid"]),
        str(message["sid"]),
        participant,
        channel_message_sid,
        status,
        error_code,
    )


def somebody() -> str:
    """The SID of a recipient that no other has."""
    return new_sid(Prefix.PARTICIPANT)
