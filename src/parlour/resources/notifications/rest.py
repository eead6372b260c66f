"""How the notifications of a service look over REST."""

import msgspec

from parlour.contract.rest import Mount, Place, Resource, fetch, update
from parlour.resources.notifications import actions
from parlour.resources.notifications.model import (
    MessageNotification,
    Notification,
    Notifications,
    NotificationsEdit,
)


class NotificationsView(msgspec.Struct):
    """A service's notifications as callers see them."""

    account_sid: str
    chat_service_sid: str
    log_enabled: bool
    added_to_conversation: Notification
    new_message: MessageNotification
    removed_from_conversation: Notification
    url: str


def view(notifications: Notifications, at: Place) -> NotificationsView:
    """The notifications of the service that was named."""
    return NotificationsView(
        account_sid=at.scope.account,
        chat_service_sid=at.service,
        log_enabled=notifications.log_enabled,
        added_to_conversation=notifications.added_to_conversation,
        new_message=notifications.new_message,
        removed_from_conversation=notifications.removed_from_conversation,
        url=f"{at.root}/Configuration/Notifications",
    )


notifications = Resource(
    name="Notification",
    segment="Configuration/Notifications",
    mount=Mount.SERVICE,
    singleton=True,
    row=NotificationsView,
    view=view,
    operations=(fetch(actions.fetch), update(NotificationsEdit, actions.update)),
)
