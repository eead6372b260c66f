"""What an entry of the list of differences is, and which operations it concerns."""

from enum import StrEnum

import msgspec

from parlour.contract.rest import Verb


class Kind(StrEnum):
    """What is known of the original."""

    KNOWN = "known"
    """The original is known, and parlour does something else or less."""
    DISAGREEMENT = "disagreement"
    """The sources contradict each other; parlour follows one of them."""
    CHOICE = "choice"
    """The sources are silent; parlour chose."""


class Difference(msgspec.Struct, frozen=True):
    """One place where an answer of parlour may not be the original's."""

    name: str
    kind: Kind
    text: str
    """What parlour does, in a sentence that can stand alone."""
    where: tuple[str, ...]
    """Which operations: ``create update User``, all those of ``User``, all lists ``list *``, or simply all ``*``."""
    only_with: tuple[str, ...] = ()
    """If there are any: only applications that send one of these parameters, to whichever operation, can notice it."""

    def concerns(self, operation: str) -> bool:
        """Whether it touches the operation with this id, in either form of the paths."""
        verb, resource = parts(operation)
        return any(_matches(pattern, verb, resource) for pattern in self.where)


IN_BOTH_FORMS = frozenset(
    {
        "Conversation", "ConversationMessage", "ConversationMessageReceipt", "ConversationParticipant",
        "ConversationScopedWebhook", "ConversationWithParticipants", "ParticipantConversation", "Role", "User",
        "UserConversation",
    }
)  # fmt: skip
"""The resources whose operations have a second id, with ``Service`` in it."""


def parts(operation: str) -> tuple[Verb, str]:
    """Verb and resource of an operation, the same for both of its forms: ``List``, ``User`` of ``ListServiceUser``."""
    verb = next(each for each in Verb if operation.startswith(each.value))
    resource = operation.removeprefix(verb.value)
    short = resource.removeprefix("Service")
    return verb, short if short in IN_BOTH_FORMS else resource


def known(name: str, text: str, *where: str, only_with: tuple[str, ...] = ()) -> Difference:
    """See Kind.KNOWN; without *where* it concerns every operation."""
    return Difference(name, Kind.KNOWN, text, where or ("*",), only_with)


def disagreement(name: str, text: str, *where: str) -> Difference:
    """See Kind.DISAGREEMENT."""
    return Difference(name, Kind.DISAGREEMENT, text, where or ("*",))


def choice(name: str, text: str, *where: str) -> Difference:
    """See Kind.CHOICE."""
    return Difference(name, Kind.CHOICE, text, where or ("*",))


def _matches(pattern: str, verb: Verb, resource: str) -> bool:
    *verbs, wanted = pattern.split()
    return wanted in ("*", resource) and (not verbs or verb.lower() in verbs)
