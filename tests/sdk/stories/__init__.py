"""What is done with the official libraries and must come out: a story per resource, told by each library in turn.

They are written in the Python library's words. Nothing is asked of a row that was created or listed, since release 6 of
the Node library cannot do that.
"""

from tests.sdk.library import Story
from tests.sdk.stories import conversations, people, settings

STORIES: list[Story] = [
    settings.services_and_configuration,
    settings.settings_of_services,
    settings.webhooks,
    settings.roles,
    settings.credentials,
    settings.address_configurations,
    people.users,
    people.bindings,
    conversations.conversations,
    conversations.webhooks_of_a_conversation,
    conversations.conversations_with_participants,
    conversations.participants,
    conversations.messages,
    conversations.receipts,
    people.memberships,
]
