"""What webhooks refuse."""

from parlour.core.errors.entry import ApiError


class WebhookRefused(ApiError, status=403, code=50056, message="Webhook disabled processing of command"):
    """A pre-action webhook answered that the change shall not happen."""
