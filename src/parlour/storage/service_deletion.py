"""Emptying: what is removed together with a service."""

from parlour.storage.transaction import Transaction

LOCKED = ("roles", "users", "conversations")
"""The tables whose rows others lock for their changes, in the order in which everybody locks them: who deletes a role
asks for its users, and who needs a user and a conversation takes the user first."""
HELD = (
    "pending_additions",
    "conversation_attributes",
    "receipts",
    "conversation_webhooks",
    "address_pairs",
    "group_address_sets",
    "messages",
    "participants",
    "conversations",
    "conversation_counts",
    "tombstones",
    "bindings",
    "users",
    "roles",
)
"""The tables that hold what is in a service. Its facts stay in the event log, and what webhooks
were told of them in the flight recorder."""


async def empty(tx: Transaction, service_sid: str) -> None:
    """Removes everything that is in the service.

    Nothing before all is locked, when nobody is in the middle of a change any more.
    """
    for table in LOCKED:
        await tx.execute(
            f"""select count(*) from (
                  select 1 from {table} where service_sid = $1 order by sid for no key update) as locked""",
            service_sid,
        )
    for table in HELD:
        await tx.execute(f"delete from {table} where service_sid = $1", service_sid)
