"""Scope: whose world, and which service of it, a call sees."""

import msgspec


class Scope(msgspec.Struct, frozen=True):
    """Made once per call from the path; every query filters by it and every URL is rendered from it."""

    account: str
    service: str | None
    """The service's SID; None for what stands above services (Services, the account's Configuration)."""
    explicit: bool = False
    """Whether the caller named the service in the path. Answers give the same form back."""
