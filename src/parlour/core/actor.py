"""Actor: who asks for a change, and whether the change should fire webhooks."""

import msgspec


class Actor(msgspec.Struct, frozen=True):
    """The author of a change, as it is written into the event log."""

    source: str
    """``API`` for account credentials and API keys."""
    credential: str
    """The SID that authenticated: ``AC…`` or ``SK…``."""
    webhooks: bool = False
    """Changes made over REST fire webhooks only when the caller asks for it (``X-Twilio-Webhook-Enabled``)."""
    request: str | None = None
    """The number of the request (``RQ…``), by which a webhook can be traced back to it."""
    identity: str | None = None
    """Of the user, where a client SDK acts for one."""


SYSTEM = Actor("SYSTEM", "", webhooks=True)
"""parlour itself: timers, and what is done in the background."""
