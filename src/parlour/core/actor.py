"""Actor: the caller of an operation, the door it came by, and whether webhooks are called for what it does."""

from enum import StrEnum

import msgspec

from parlour.core.permissions import Permission
from parlour.core.scope import Scope

SYSTEM_NAME = "system"
"""The author or creator of what no end user did. No identity can be this."""


class Source(StrEnum):
    """The way in by which a change came; webhooks get it as ``Source``."""

    API = "API"
    """REST, with account credentials or an API key."""
    SDK = "SDK"
    """A client SDK that acts for an end user."""
    SYSTEM = "SYSTEM"
    """parlour itself: timers, and what is done in the background."""


class AccountKey(msgspec.Struct, frozen=True, tag="account"):
    """The credentials of an account, or one of its API keys. Either may do everything in the account."""

    account_sid: str
    sid: str
    """``AC…`` or ``SK…``."""


class EndUser(msgspec.Struct, frozen=True, tag="user"):
    """A user of a service who acts for themselves, with what their service role lets them do when the call begins."""

    account_sid: str
    service_sid: str
    sid: str
    """``US…``."""
    identity: str
    permissions: frozenset[Permission]


Principal = AccountKey | EndUser
"""An authenticated caller. Its `sid` names the credential."""


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """The author of a change, as the event log keeps it."""

    source: Source
    principal: Principal | None = None
    """None only for parlour itself."""
    asks_webhooks: bool = False
    """Whether webhooks are asked before and told after. Over REST only on request (``X-Twilio-Webhook-Enabled``)."""
    request: str | None = None
    """The number of the request (``RQ…``), by which a webhook can be traced back to it."""
    push_credential_sid: str | None = None
    """Of an end user: the push credential that reaches the device that they call from, as their token names it."""

    def __post_init__(self) -> None:
        if (self.principal is None) != (self.source is Source.SYSTEM):
            raise ValueError(f"An actor with source {self.source} has {self.principal or 'no principal'}.")

    @property
    def end_user(self) -> EndUser | None:
        """Whoever acts with the rights of a role; None for those who may do everything."""
        return self.principal if isinstance(self.principal, EndUser) else None

    @property
    def identity(self) -> str | None:
        """Of the end user; None for all others."""
        return self.end_user.identity if self.end_user is not None else None

    def has_identity(self, identity: str | None) -> bool:
        """Whether *identity*, of an author or participant, is that of the end user who acts."""
        return self.end_user is not None and identity == self.end_user.identity

    def is_user(self, reference: str) -> bool:
        """Whether *reference*, a SID or an identity, means the end user who acts."""
        return self.end_user is not None and reference in (self.end_user.sid, self.end_user.identity)

    def may_enter(self, scope: Scope) -> bool:
        """Whether what lies in *scope* belongs to those who proved who they are."""
        if self.principal is None:
            return True
        is_at_home = self.end_user is None or scope.service in (None, self.end_user.service_sid)
        return is_at_home and scope.account == self.principal.account_sid

    @property
    def name(self) -> str:
        """What is shown as the author or creator of what it makes."""
        return self.identity or SYSTEM_NAME


SYSTEM = Actor(source=Source.SYSTEM, asks_webhooks=True)
"""parlour itself, where its changes go to webhooks."""
QUIET_SYSTEM = Actor(source=Source.SYSTEM)
"""parlour itself, where they do not."""
