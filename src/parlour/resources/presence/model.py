"""What presence goes by."""

import msgspec

from parlour.runtime.connected import Connection

HEARTBEAT_SECONDS = 10.0
"""Between two times at which a process shows that it lives."""
LEASE_SECONDS = 30.0
"""For which a process counts as living after that."""
BATCH_SIZE = 100
"""Identities in one transaction."""
MAX_SUSPECTS = 10_000


class Holding(msgspec.Struct, frozen=True):
    """That a process has sockets of an identity."""

    connection: Connection
    process: str
