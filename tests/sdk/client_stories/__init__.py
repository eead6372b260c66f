"""What an application does with the client SDK, told once for all of its releases."""

from tests.sdk.client_stories import conversations, messages, people
from tests.sdk.stage import Story

STORIES: tuple[Story, ...] = (
    people.logs_in,
    people.users_change,
    people.users_are_watched_and_let_go,
    people.online_and_offline,
    people.devices_register,
    people.typing,
    conversations.lists_and_finds,
    conversations.creates_changes_and_deletes,
    conversations.is_added_and_removed,
    conversations.joins_adds_and_leaves,
    conversations.changes_over_rest_show,
    conversations.participants_change,
    conversations.is_silenced,
    messages.pages_backwards_and_forwards,
    messages.sends,
    messages.builds,
    messages.changes_and_removes,
    messages.receives_from_rest,
    messages.reads_and_counts,
    messages.receipts_arrive,
    messages.asks_what_channels_know,
    messages.may_not,
)
