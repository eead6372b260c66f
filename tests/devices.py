"""What a client SDK will do in earnest: register a device or a socket of an identity."""

from collections.abc import Sequence

from parlour.core.actor import SYSTEM
from parlour.core.scope import Scope
from parlour.resources.bindings import actions
from parlour.resources.bindings.model import Binding, BindingDraft, BindingType
from parlour.runtime.work import Work
from tests.account_client import AccountClient

ALL = ("new_message", "added_to_conversation", "removed_from_conversation")


def client(api: AccountClient) -> Work:
    """A call of a client of the account's service."""
    return Work(api.parlour.inside, Scope(api.account, api.service, explicit=True), SYSTEM)


async def register(
    api: AccountClient,
    identity: str,
    address: str,
    credential: str | None = None,
    *,
    type: BindingType = BindingType.FCM,
    endpoint: str = "a phone",
    message_types: Sequence[str] = ALL,
) -> Binding:
    """The binding of the device with the token *address*, for the service of the account."""
    draft = BindingDraft(
        identity=identity,
        binding_type=type,
        address=address,
        endpoint=endpoint,
        credential_sid=credential,
        message_types=message_types,
    )
    return await actions.register(client(api), draft)


async def credential(api: AccountClient, type: str = "fcm") -> str:
    """The SID of a new credential."""
    return str((await api.made("/v1/Credentials", Type=type))["sid"])
