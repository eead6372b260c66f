"""Refusals about devices: only client SDKs register them."""

from parlour.core.errors.entry import ApiError


class InvalidBinding(ApiError, status=400, code=52001, message="Invalid binding"):
    """A device cannot be registered: the access token names no push credential of the account that fits its type, or
    the device asks for a message that nobody knows, or its token or platform is empty or too long."""
