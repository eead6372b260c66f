"""The push notifications of a service: everything off at first, then exactly what was sent."""

import asyncio
from typing import Any

import pytest

from tests.account_client import NOT_FOUND, AccountClient

NOTIFICATIONS = "/Configuration/Notifications"
OFF: dict[str, Any] = {"enabled": False}
PLAIN = {"enabled": False, "template": None, "sound": None}
WHOLE: dict[str, Any] = {
    "added_to_conversation": PLAIN,
    "new_message": {**PLAIN, "badge_count_enabled": False, "with_media": OFF},
    "removed_from_conversation": PLAIN,
    "with_media": {"enabled": False, "template": None},
}
"""What a kind shows as soon as anything of it is set."""
UNSET: dict[str, Any] = {
    "log_enabled": False,
    "added_to_conversation": OFF,
    "new_message": OFF,
    "removed_from_conversation": OFF,
}
TEMPLATES = [
    "NewMessage.Template",
    "NewMessage.WithMedia.Template",
    "AddedToConversation.Template",
    "RemovedFromConversation.Template",
]
SOUNDS = ["NewMessage.Sound", "AddedToConversation.Sound", "RemovedFromConversation.Sound"]
FLAGS = [
    "LogEnabled",
    "NewMessage.Enabled",
    "NewMessage.BadgeCountEnabled",
    "NewMessage.WithMedia.Enabled",
    "AddedToConversation.Enabled",
    "RemovedFromConversation.Enabled",
]


@pytest.fixture
def service(api: AccountClient) -> AccountClient:
    """The account's default service, which is always named here."""
    return api.in_service(api.service)


def whole(service: AccountClient, settings: dict[str, Any]) -> dict[str, Any]:
    """The row with *settings*."""
    named = {"account_sid": service.account, "chat_service_sid": service.service, "url": service.at(NOTIFICATIONS)}
    return {**named, **settings}


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).removeprefix("_")


def at(row: dict[str, Any], name: str) -> Any:
    """What *row* shows for the parameter *name*."""
    shown: Any = row
    for part in name.split("."):
        shown = shown[snake(part)]
    return shown


def changed(row: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    """*row* with *value* for the parameter *name* and all else the same."""
    first, _, rest = name.partition(".")
    if not rest:
        return {**row, snake(first): value}
    before = {**WHOLE[snake(first)], **row.get(snake(first), {})}
    return {**row, snake(first): changed(before, rest, value)}


async def test_of_a_kind_that_was_never_set_only_that_is_shown(service: AccountClient) -> None:
    assert (await service.get(NOTIFICATIONS)).row == whole(service, UNSET)


@pytest.mark.parametrize("name", [*TEMPLATES, *SOUNDS, *FLAGS])
async def test_only_what_was_sent_changes(service: AccountClient, name: str) -> None:
    value = True if name in FLAGS else "${PARTICIPANT}: ${MESSAGE} 😀"
    row = (await service.post(NOTIFICATIONS, **{name: value})).row
    assert row == changed(whole(service, UNSET), name, value)
    assert (await service.get(NOTIFICATIONS)).row == row
    assert (await service.post(NOTIFICATIONS)).row == row


async def test_everything_can_be_set_step_by_step_and_undone(service: AccountClient) -> None:
    row = whole(service, UNSET)
    for name in [*TEMPLATES, *SOUNDS, *FLAGS]:
        value = True if name in FLAGS else name
        row = changed(row, name, value)
        assert (await service.post(NOTIFICATIONS, **{name: value})).row == row
    undone = {name: False if name in FLAGS else "" for name in [*TEMPLATES, *SOUNDS, *FLAGS]}
    for name in [*TEMPLATES, *SOUNDS, *FLAGS]:
        row = changed(row, name, False if name in FLAGS else None)
    assert (await service.post(NOTIFICATIONS, **undone)).row == row


@pytest.mark.parametrize("nothing", ["", "null"])
@pytest.mark.parametrize("name", [*TEMPLATES, *SOUNDS])
async def test_a_template_or_sound_is_removed(service: AccountClient, name: str, nothing: str) -> None:
    assert at((await service.post(NOTIFICATIONS, **{name: "x"})).row, name) == "x"
    assert (await service.post(NOTIFICATIONS, **{name: nothing})).row == whole(service, UNSET)


@pytest.mark.parametrize("name", TEMPLATES)
async def test_a_template_has_at_most_1024_characters(service: AccountClient, name: str) -> None:
    longest = "é" * 1024
    assert at((await service.post(NOTIFICATIONS, **{name: longest})).row, name) == longest
    answer = await service.post(NOTIFICATIONS, **{name: longest + "é", "LogEnabled": True})
    assert (answer.refusal, answer.message) == ((400, 50058), "Notification template too long")
    assert (await service.get(NOTIFICATIONS)).row == changed(whole(service, UNSET), name, longest)


@pytest.mark.parametrize("name", SOUNDS)
async def test_the_name_of_a_sound_has_at_most_256_characters(service: AccountClient, name: str) -> None:
    longest = "é" * 256
    assert at((await service.post(NOTIFICATIONS, **{name: longest})).row, name) == longest
    answer = await service.post(NOTIFICATIONS, **{name: longest + "é"})
    assert (answer.refusal, answer.message) == ((400, 50059), "Notification sound name too long")


@pytest.mark.parametrize("name", FLAGS)
async def test_a_switch_is_true_or_false(service: AccountClient, name: str) -> None:
    for sent, shown in (("TRUE", True), ("false", False)):
        assert at((await service.post(NOTIFICATIONS, **{name: sent})).row, name) is shown
    for wrong in ("", "1", "yes", "null"):
        answer = await service.post(NOTIFICATIONS, **{name: wrong})
        assert (answer.refusal, answer.message) == ((400, 20001), f"Invalid parameter {name}")


async def test_of_updates_at_once_none_undoes_another(service: AccountClient) -> None:
    names = [*TEMPLATES, *SOUNDS]
    answers = await asyncio.gather(*(service.post(NOTIFICATIONS, **{name: name}) for name in names))
    assert [answer.status for answer in answers] == [200] * len(names)
    row = (await service.get(NOTIFICATIONS)).row
    assert [at(row, name) for name in names] == names


async def test_each_service_has_notifications_of_its_own(service: AccountClient) -> None:
    other = service.in_service((await service.made("/v1/Services", FriendlyName="another"))["sid"])
    await service.post(NOTIFICATIONS, LogEnabled=True)
    assert (await other.get(NOTIFICATIONS)).row == whole(other, UNSET)


async def test_notifications_go_with_their_service(service: AccountClient) -> None:
    other = service.in_service((await service.made("/v1/Services", FriendlyName="another"))["sid"])
    assert (await other.post(NOTIFICATIONS, LogEnabled=True)).status == 200
    assert (await service.delete(f"/v1/Services/{other.service}")).status == 204
    for answer in (await other.get(NOTIFICATIONS), await other.post(NOTIFICATIONS, LogEnabled="x")):
        assert answer.refusal == NOT_FOUND
