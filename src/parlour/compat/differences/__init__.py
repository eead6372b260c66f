"""Where parlour is known to differ from the original, or had to choose, for each operation.

docs/differences.md has the same entries for people, under the same names and with the same sentences, and says why; a
test compares the two.
"""

from parlour.compat.differences.conversations import CONVERSATIONS
from parlour.compat.differences.entry import Difference as Difference
from parlour.compat.differences.entry import Kind as Kind
from parlour.compat.differences.entry import parts as parts
from parlour.compat.differences.known import KNOWN
from parlour.compat.differences.rules import RULES
from parlour.compat.differences.sources import DISAGREEMENTS
from parlour.compat.differences.webhooks import WEBHOOKS
from parlour.compat.differences.wire import WIRE

DIFFERENCES: tuple[Difference, ...] = (*KNOWN, *DISAGREEMENTS, *WIRE, *RULES, *CONVERSATIONS, *WEBHOOKS)
"""Every entry, in the order of the page."""


def differences_of(operation: str) -> list[Difference]:
    """What concerns the operation with this id, in the order of the page."""
    return [each for each in DIFFERENCES if each.concerns(operation)]
