"""Refusals about the event feed."""

from parlour.core.errors.entry import ApiError


class PositionGone(
    ApiError, status=410, code=20410, message="Events after this position are not retained any more; begin anew"
):
    """A reader of the feed would go on at a position after which facts were cleared away, or which comes from another
    database."""
