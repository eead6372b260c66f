"""Topics: what somebody in a process can wait for news of. Pure.

A topic is the name of a background loop, an account, or something in an account: a conversation or a user. Those that
watch an account are woken for everything in it.
"""

from collections.abc import Collection, Iterator
from hashlib import blake2b

from parlour.core.facts import Fact
from parlour.core.scope import Scope

IN = "/"
"""Stands between an account and what is in it."""
WHOLE = "*"
"""Stands for everything in an account."""


def account(topic: str) -> str:
    """The account that the topic is, or is in."""
    return topic.partition(IN)[0]


def conversation(account_sid: str, sid: str) -> str:
    """The topic of a conversation."""
    return f"{account_sid}{IN}{sid}"


def user(account_sid: str, service_sid: str | None, identity: str) -> str:
    """The topic of a user, short whatever its identity is."""
    digest = blake2b(f"{service_sid}{IN}{identity}".encode(), digest_size=16).hexdigest()
    return f"{account_sid}{IN}{digest}"


def whole(topic: str) -> str:
    """The topic that wakes those who watch the account of *topic* or anything in it."""
    account, within, _ = topic.partition(IN)
    return f"{account}{IN}{WHOLE}" if within else topic


def of(scope: Scope, fact: Fact) -> Iterator[str]:
    """What there is news of after *fact*; the account alone if it is about nothing smaller."""
    if fact.conversation_sid is not None:
        yield conversation(scope.account, fact.conversation_sid)
    if fact.identity is not None:
        yield user(scope.account, scope.service, fact.identity)
    if fact.conversation_sid is None and fact.identity is None:
        yield scope.account


def of_all(told: Collection[tuple[Scope, Fact]]) -> frozenset[str]:
    """What there is news of after all that was *told*."""
    return frozenset(topic for scope, fact in told for topic in of(scope, fact))
