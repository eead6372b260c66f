"""What a client SDK that comes back has missed of a conversation, found without reading the rest.

New messages do not enter the index of edited ones, so that sending costs no more.
"""

revision = "0019"
down_revision = "0018"

OUTSIDE_TRANSACTION = (
    "drop index concurrently if exists messages_edited",
    """create index concurrently messages_edited on messages (service_sid, conversation_sid, last_event_id)
       where last_event_id > born_event_id""",
    "drop index concurrently if exists tombstones_of_conversation",
    """create index concurrently tombstones_of_conversation on tombstones (service_sid, conversation_sid, event_id)""",
)


def upgrade() -> None:
    pass
