"""Refusals of what comes through the sockets of client SDKs only."""

from parlour.core.errors.entry import ApiError


class TooManyCommands(ApiError, status=429, code=20429, message="Too Many Requests: the client commands too fast"):
    """A client has sent 500 commands at once, or more than 50 a second for a while. What only reads does not count."""
