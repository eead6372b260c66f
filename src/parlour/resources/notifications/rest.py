"""How the notifications of a service look over REST."""

import msgspec
from msgspec import UNSET, UnsetType

from parlour.contract.rest import Mount, Place, Resource, fetch, update
from parlour.resources.notifications import actions
from parlour.resources.notifications.model import (
    MediaNotification,
    MessageNotification,
    Notification,
    Notifications,
    NotificationsEdit,
)


class MediaNotificationView(msgspec.Struct):
    """What is sent for a new message with media; where nothing was ever set, only that it is not enabled."""

    enabled: bool = False
    template: str | UnsetType | None = UNSET


class NotificationView(MediaNotificationView):
    """The same when somebody is added to a conversation or removed from it."""

    sound: str | UnsetType | None = UNSET


class MessageNotificationView(NotificationView):
    """The same for a new message."""

    badge_count_enabled: bool | UnsetType = UNSET
    with_media: MediaNotificationView | UnsetType = UNSET


class NotificationsView(msgspec.Struct):
    """A service's notifications as callers see them."""

    account_sid: str
    chat_service_sid: str
    log_enabled: bool
    added_to_conversation: NotificationView
    new_message: MessageNotificationView
    removed_from_conversation: NotificationView
    url: str


def view(notifications: Notifications, at: Place) -> NotificationsView:
    """The notifications of the service that was named."""
    return NotificationsView(
        account_sid=at.scope.account,
        chat_service_sid=at.service,
        log_enabled=notifications.log_enabled,
        added_to_conversation=_shown(notifications.added_to_conversation),
        new_message=_message(notifications.new_message),
        removed_from_conversation=_shown(notifications.removed_from_conversation),
        url=f"{at.root}/Configuration/Notifications",
    )


def _shown(notification: Notification | None) -> NotificationView:
    if notification is None:
        return NotificationView()
    return NotificationView(notification.enabled, notification.template, notification.sound)


def _message(notification: MessageNotification | None) -> MessageNotificationView:
    if notification is None:
        return MessageNotificationView()
    return MessageNotificationView(
        enabled=notification.enabled,
        template=notification.template,
        sound=notification.sound,
        badge_count_enabled=notification.badge_count_enabled,
        with_media=_media(notification.with_media),
    )


def _media(notification: MediaNotification | None) -> MediaNotificationView:
    if notification is None:
        return MediaNotificationView()
    return MediaNotificationView(notification.enabled, notification.template)


notifications = Resource(
    name="Notification",
    segment="Configuration/Notifications",
    mount=Mount.SERVICE,
    singleton=True,
    row=NotificationsView,
    view=view,
    operations=(fetch(actions.fetch), update(NotificationsEdit, actions.update)),
)
