"""How it looks over REST what a user has not read yet."""

import msgspec

from parlour.contract.rest import OWN, Mount, Place, Resource, fetch
from parlour.resources.unread import actions
from parlour.resources.unread.model import Unread
from parlour.resources.users.rest import users


class UnreadView(msgspec.Struct):
    """What a user has not read yet, as callers see it."""

    account_sid: str
    chat_service_sid: str
    user_sid: str
    identity: str
    unread_messages_count: int
    unread_conversations_count: int
    url: str


def view(unread: Unread, at: Place) -> UnreadView:
    """The sum at the place where it was asked for."""
    return UnreadView(
        account_sid=at.scope.account,
        chat_service_sid=at.service,
        user_sid=unread.user_sid,
        identity=unread.identity,
        unread_messages_count=unread.messages,
        unread_conversations_count=unread.conversations,
        url=f"{at.root}/Users/{unread.user_sid}/Unread",
    )


unread = Resource(
    name="UserUnread",
    segment="Unread",
    parent=users,
    above="UserSid",
    mount=Mount.BOTH,
    prefix=OWN,
    singleton=True,
    row=UnreadView,
    view=view,
    operations=(fetch(actions.fetch),),
)
