"""Refusals about the webhooks of conversations."""

from parlour.core.errors.entry import ApiError


class TooManyConversationWebhooks(ApiError, status=400, code=50361, message="Too many conversation webhooks"):
    """The conversation already has 5 webhooks."""


class TooManyTriggers(ApiError, status=400, code=50362, message="Too many conversation webhook triggers"):
    """A webhook was to have more than 5 triggers."""


class InvalidWebhookTarget(ApiError, status=400, code=50364, message="Invalid conversation webhook type"):
    """Target is not webhook, trigger or studio."""


class InvalidWebhookFilter(ApiError, status=400, code=50365, message="Invalid conversation webhook filter"):
    """A filter names no event that the webhook of a conversation can listen to."""


class InvalidTrigger(ApiError, status=400, code=50366, message="Invalid conversation webhook trigger"):
    """A trigger is empty or has more than 248 characters."""


class InvalidFlowSid(ApiError, status=400, code=50367, message="Invalid conversation webhook flow SID"):
    """Configuration.FlowSid is not ``FW`` and 32 hexadecimal digits."""


class WebhookUrlMissing(ApiError, status=400, code=50369, message="Conversation webhook URL not provided"):
    """A webhook of the target webhook or trigger has no URL."""


class WebhookFilterMissing(ApiError, status=400, code=50370, message="Conversation webhook filter not provided"):
    """A webhook of the target webhook has no filter."""


class TriggerMissing(ApiError, status=400, code=50371, message="Conversation webhook trigger not provided"):
    """A webhook of the target trigger has no trigger."""


class WebhookUrlTooLong(ApiError, status=400, code=50372, message="Conversation webhook URL is too long"):
    """The URL of a conversation's webhook has more than 512 characters."""
