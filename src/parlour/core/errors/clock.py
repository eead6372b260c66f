"""Refusals about the clock."""

from parlour.core.errors.entry import ApiError


class ClockNotVirtual(
    ApiError,
    status=409,
    code=20409,
    message="Conflict: the clock is the machine's own; only a parlour with PARLOUR_CLOCK=virtual can move it",
):
    """The clock was to be moved, and is not a virtual one."""


class NotOneMove(
    ApiError, status=400, code=20001, message="Invalid parameters: send exactly one of Set, Advance, Freeze and Resume"
):
    """The clock was to be moved in several ways at once, or in none."""
