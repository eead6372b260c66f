"""How tokens look over REST."""

from datetime import datetime

import msgspec

from parlour.contract.rest import OWN, Mount, Place, Resource, create
from parlour.resources.tokens import actions
from parlour.resources.tokens.model import SignedToken, TokenDraft


class TokenView(msgspec.Struct):
    """A token as callers see it, this once."""

    token: str
    identity: str
    account_sid: str
    chat_service_sid: str
    key_sid: str
    """The API key that has signed it."""
    date_created: datetime
    date_expires: datetime


def view(signed: SignedToken, at: Place) -> TokenView:
    """The token and what it says."""
    return TokenView(
        token=signed.text,
        identity=signed.said.identity,
        account_sid=signed.said.account_sid,
        chat_service_sid=signed.said.service_sid,
        key_sid=signed.said.key_sid,
        date_created=signed.said.issued_at,
        date_expires=signed.said.expires_at,
    )


tokens = Resource(
    name="Token",
    segment="Tokens",
    mount=Mount.BOTH,
    prefix=OWN,
    row=TokenView,
    view=view,
    operations=(create(TokenDraft, actions.create),),
)
