"""What a token says, what signs it, and its limits."""

from datetime import datetime

import msgspec

TYPE, CONTENT_TYPE = "JWT", "twilio-fpa;v=1"
"""The header's ``typ`` and ``cty``."""
DEFAULT_ALGORITHM = "HS256"
ALGORITHMS = (DEFAULT_ALGORITHM, "HS384", "HS512")
"""All that parlour can verify; which it accepts is a setting."""
MAX_LENGTH = 16 * 1024
"""Characters of a token that is looked at."""
DEFAULT_LIFETIME_SECONDS = 3600
MAX_LIFETIME_SECONDS = 24 * 3600
SKEW_SECONDS = 30
"""By which the clock of the server that made a token may differ from parlour's."""


class Signer(msgspec.Struct, frozen=True):
    """An API key, by whose secret a token proves where it comes from."""

    account_sid: str
    secret: str
    has_service: bool
    """Whether the service that was asked about belongs to the account, too."""


class AccessToken(msgspec.Struct, frozen=True, kw_only=True):
    """What a proved token says. It gives no right by itself: what its user may do is asked with every command."""

    account_sid: str
    key_sid: str
    service_sid: str
    identity: str
    push_credential_sid: str | None
    deployment_role_sid: str | None
    """The role of the user, if this token's first use makes it."""
    issued_at: datetime
    """``iat``, else ``nbf``, else when it was proved."""
    expires_at: datetime

    @property
    def lifetime_seconds(self) -> float:
        """From its making to its end."""
        return (self.expires_at - self.issued_at).total_seconds()

    def is_for_the_user_of(self, other: "AccessToken") -> bool:
        """Whether it can take the place of *other* in a session."""
        return (self.account_sid, self.service_sid, self.identity) == (
            other.account_sid,
            other.service_sid,
            other.identity,
        )
