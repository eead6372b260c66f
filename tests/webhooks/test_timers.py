"""Webhooks of timers: told without being asked for, and those of a conversation that a message revives."""

from datetime import timedelta

from tests.account_client import AccountClient
from tests.receiver import Receiver
from tests.server import MovableClock

TIMERS = {"Timers.Inactive": "PT1M", "Timers.Closed": "PT10M"}


async def test_a_timer_is_told_though_nobody_asked_for_webhooks(
    told: AccountClient, receiver: Receiver, clock: MovableClock
) -> None:
    row = await told.made("/Conversations", FriendlyName="talk", **TIMERS)
    clock.advance(timedelta(minutes=1))
    updated, state = await receiver.take(2)
    assert (updated.event, state.event) == ("onConversationUpdated", "onConversationStateUpdated")
    assert (updated.parameters["State"], updated.parameters["FriendlyName"]) == ("inactive", "talk")
    for each in (updated, state):
        assert each.parameters["AccountSid"] == told.account
        assert each.parameters["ChatServiceSid"] == told.service
        assert each.parameters["ConversationSid"] == row["sid"]
        assert each.parameters["Source"] == "SYSTEM"
    assert [state.parameters[name] for name in ("StateFrom", "StateTo", "Reason")] == ["active", "inactive", "TIMER"]

    clock.advance(timedelta(minutes=9))
    updated, state = await receiver.take(2)
    assert (updated.event, updated.parameters["State"]) == ("onConversationUpdated", "closed")
    assert [state.parameters[name] for name in ("StateFrom", "StateTo", "Reason")] == ["inactive", "closed", "TIMER"]


async def test_time_that_was_slept_through_is_told_step_by_step(
    told: AccountClient, receiver: Receiver, clock: MovableClock
) -> None:
    await told.made("/Conversations", **TIMERS)
    clock.advance(timedelta(days=1))
    steps = [
        (each.event, each.parameters.get("State") or each.parameters["StateTo"]) for each in await receiver.take(4)
    ]
    assert steps == [
        ("onConversationUpdated", "inactive"),
        ("onConversationStateUpdated", "inactive"),
        ("onConversationUpdated", "closed"),
        ("onConversationStateUpdated", "closed"),
    ]


async def test_a_revival_is_told_though_the_message_is_not(told: AccountClient, receiver: Receiver) -> None:
    await told.made("/Conversations", UniqueName="talk", State="inactive")
    await told.made("/Conversations/talk/Messages", Body="quietly")
    updated, state = await receiver.take(2)
    assert (updated.event, updated.parameters["State"]) == ("onConversationUpdated", "active")
    assert [state.parameters[name] for name in ("StateFrom", "StateTo", "Reason")] == ["inactive", "active", "EVENT"]
    assert receiver.is_idle


async def test_a_webhook_of_the_conversation_is_told_of_its_timers(
    api: AccountClient, receiver: Receiver, clock: MovableClock
) -> None:
    row = await api.made("/Conversations", **TIMERS)
    await api.made(
        f"/Conversations/{row['sid']}/Webhooks",
        Target="webhook",
        **{"Configuration.Url": receiver.url, "Configuration.Filters": ["onConversationStateUpdated"]},
    )
    clock.advance(timedelta(minutes=1))
    assert (await receiver.next()).parameters["Reason"] == "TIMER"
