"""Audience: who outside is to learn of a fact."""

from enum import IntFlag


class Audience(IntFlag):
    """A set of them; the event log keeps it with each fact, as bits."""

    WEBHOOK = 1
    CARRIER = 2
    """Brings messages to addresses outside."""
    PUSH = 4
    """Notifies phones and browsers."""


NOBODY = Audience(0)
EVERYBODY = Audience.WEBHOOK | Audience.CARRIER | Audience.PUSH
