"""Refusals about the settings of accounts and services: webhooks, notifications, default roles."""

from parlour.core.errors.entry import ApiError


class InvalidWebhookFormat(ApiError, status=400, code=50054, message="Invalid webhook format"):
    """The webhook of a conversation or of autocreation has a wrong URL, or one of an account or service has a filter
    that names no event."""


class InvalidPreWebhookUrl(ApiError, status=400, code=50077, message="Invalid pre-webhook url"):
    """PreWebhookUrl is no absolute http or https URL, or has more than 2,048 characters."""


class InvalidPostWebhookUrl(ApiError, status=400, code=50078, message="Invalid post-webhook url"):
    """PostWebhookUrl is no absolute http or https URL, or has more than 2,048 characters."""


class InvalidWebhookMethod(ApiError, status=400, code=50055, message="Invalid webhook method"):
    """The method of a webhook is neither GET nor POST."""


class NotificationTemplateTooLong(ApiError, status=400, code=50058, message="Notification template too long"):
    """The template of a push notification has more than 1,024 characters."""


class NotificationSoundTooLong(ApiError, status=400, code=50059, message="Notification sound name too long"):
    """The name of a push notification's sound has more than 256 characters."""


class InvalidWebhookRetryCount(ApiError, status=400, code=50065, message="Invalid webhook retry count"):
    """AutoCreation.StudioRetryCount is no number from 0 to 3."""


class ServiceRoleNotFound(ApiError, status=404, code=50102, message="Service role not found"):
    """The default role of users is unknown or not a service role."""


class ConversationCreatorRoleNotFound(ApiError, status=404, code=50106, message="Conversation creator role not found"):
    """The default role of a conversation's creator is unknown or not a conversation role."""
