"""Refusals about bindings."""

from parlour.core.errors.entry import ApiError


class InvalidBindingType(ApiError, status=400, code=50209, message="Invalid binding type"):
    """BindingType is not apn, gcm, fcm or twilsock."""


class InvalidBinding(ApiError, status=400, code=52001, message="Invalid binding"):
    """A device was to be registered without a credential of the account that fits its type, with a message type that
    nobody knows, or with a token or endpoint that is empty or too long."""
