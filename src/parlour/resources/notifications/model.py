"""The push notifications of a service: what is sent when, in which words and with which sound."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from parlour.core.errors import NotificationSoundTooLong, NotificationTemplateTooLong
from parlour.core.fields import Clearable, Flag, Text

FLAG = Flag()
TEMPLATE = Clearable(Text(1024, too_long=NotificationTemplateTooLong))
SOUND = Clearable(Text(256, too_long=NotificationSoundTooLong))


class Notification(msgspec.Struct, frozen=True):
    """What is sent when somebody is added to a conversation or removed from it."""

    enabled: bool = False
    template: str | None = None
    sound: str | None = None


class MediaNotification(msgspec.Struct, frozen=True):
    """What is sent for a new message with media."""

    enabled: bool = False
    template: str | None = None


class MessageNotification(msgspec.Struct, frozen=True):
    """What is sent for a new message."""

    enabled: bool = False
    template: str | None = None
    badge_count_enabled: bool = False
    """Whether it says how many conversations have unread messages."""
    sound: str | None = None
    with_media: MediaNotification | None = None


class Notifications(msgspec.Struct, frozen=True):
    """All of a service's notifications; made from what was set, with defaults for the rest.

    None is a kind of which nothing was ever set, which is switched off.
    """

    log_enabled: bool = False
    added_to_conversation: Notification | None = None
    new_message: MessageNotification | None = None
    removed_from_conversation: Notification | None = None


class NotificationEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of a Notification."""

    enabled: Annotated[bool | UnsetType, FLAG] = UNSET
    template: Annotated[str | UnsetType | None, TEMPLATE] = UNSET
    sound: Annotated[str | UnsetType | None, SOUND] = UNSET


class MediaNotificationEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of a MediaNotification."""

    enabled: Annotated[bool | UnsetType, FLAG] = UNSET
    template: Annotated[str | UnsetType | None, TEMPLATE] = UNSET


class MessageNotificationEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of a MessageNotification."""

    with_media: MediaNotificationEdit
    enabled: Annotated[bool | UnsetType, FLAG] = UNSET
    template: Annotated[str | UnsetType | None, TEMPLATE] = UNSET
    sound: Annotated[str | UnsetType | None, SOUND] = UNSET
    badge_count_enabled: Annotated[bool | UnsetType, FLAG] = UNSET


class NotificationsEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What can be changed of a service's notifications."""

    new_message: MessageNotificationEdit
    added_to_conversation: NotificationEdit
    removed_from_conversation: NotificationEdit
    log_enabled: Annotated[bool | UnsetType, FLAG] = UNSET


Settings = dict[str, Any]
"""What was set of Notifications, by its names: groups are dicts within the dict."""


def settings_of(edit: NotificationsEdit) -> Settings:
    """What *edit* sends; None where something is removed. Empty if it sends nothing."""
    sent: Settings = msgspec.to_builtins(edit)  # which leaves out what is UNSET
    return _without_empty(sent)


def merged(before: Settings, sent: Settings) -> Settings:
    """*before* with *sent* in place of what has the same names; what is None in *sent* is gone."""
    after = dict(before)
    for name, value in sent.items():
        if isinstance(value, dict):
            after[name] = merged(before.get(name, {}), value)
        elif value is None:
            after.pop(name, None)
        else:
            after[name] = value
    return _without_empty(after)


def _without_empty(settings: Settings) -> Settings:
    inner = {name: _without_empty(value) if isinstance(value, dict) else value for name, value in settings.items()}
    return {name: value for name, value in inner.items() if value != {}}
