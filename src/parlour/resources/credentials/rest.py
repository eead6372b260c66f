"""How credentials look over REST."""

from datetime import datetime

import msgspec

from parlour.contract.rest import Mount, PageSize, Place, Resource, create, delete, fetch, listing, update, whole
from parlour.resources.credentials import actions
from parlour.resources.credentials.model import Credential, CredentialDraft, CredentialEdit, CredentialType


class CredentialView(msgspec.Struct):
    """A credential as callers see it."""

    sid: str
    account_sid: str
    friendly_name: str | None
    type: str
    sandbox: str | None
    date_created: datetime
    date_updated: datetime
    url: str


def view(credential: Credential, at: Place) -> CredentialView:
    """The row of *credential*."""
    return CredentialView(
        sid=credential.sid,
        account_sid=at.scope.account,
        friendly_name=credential.friendly_name,
        type=credential.type,
        sandbox=str(credential.sandbox) if credential.type == CredentialType.APN else None,
        date_created=whole(credential.created_at),
        date_updated=whole(credential.updated_at),
        url=f"{at.base}/Credentials/{credential.sid}",
    )


credentials = Resource(
    name="Credential",
    segment="Credentials",
    key="credentials",
    mount=Mount.ACCOUNT,
    page=PageSize(maximum=100),
    row=CredentialView,
    view=view,
    operations=(
        create(CredentialDraft, actions.create),
        listing(actions.page),
        fetch(actions.fetch),
        update(CredentialEdit, actions.update),
        delete(actions.delete),
    ),
)
