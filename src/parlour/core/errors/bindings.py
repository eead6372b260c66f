"""Refusals about bindings."""

from parlour.core.errors.entry import ApiError


class InvalidBindingType(ApiError, status=400, code=50209, message="Invalid binding type"):
    """BindingType is not apn, gcm, fcm or twilsock."""
