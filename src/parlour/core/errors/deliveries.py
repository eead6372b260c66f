"""Refusals about deliveries of webhooks."""

from parlour.core.errors.entry import ApiError


class DeliveryStillWaiting(ApiError, status=409, code=20409, message="Conflict: the delivery is still to be sent"):
    """A delivery was to be replayed that is on its way, or waits for another try."""


class AskedOnce(
    ApiError,
    status=409,
    code=20409,
    message="Conflict: a pre-action webhook is asked once, before a change; that can't be replayed",
):
    """The call of a pre-action webhook was to be replayed."""


class WebhookGone(
    ApiError,
    status=409,
    code=20409,
    message="Conflict: the webhook was removed or has no URL any more, so there is nowhere to replay it to",
):
    """A delivery was to be replayed whose webhook is not configured any more."""
