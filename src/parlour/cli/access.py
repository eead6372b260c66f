"""What the command line and the environment say of the server that is to be asked, and as whom."""

import os
from urllib.parse import urlsplit

import msgspec

from parlour.settings import COMMAND_LINE, ENVIRONMENT, Loaded, Settings

URL = "PARLOUR_URL"
"""The variable with the address of a server that commands are to ask."""


class Access(msgspec.Struct, frozen=True):
    """Which server, and as whom, as far as it was said."""

    loaded: Loaded
    url: str | None = None
    account_sid: str | None = None
    auth_token: str | None = None

    @property
    def settings(self) -> Settings:
        return self.loaded.settings

    def names(self, setting: str) -> bool:
        """Whether the setting was given, wherever."""
        return setting in self.loaded.places

    @property
    def address(self) -> str | None:
        """The server's, if one was named; the command line wins over the environment."""
        if self.url is not None:
            return self.url
        by_hand = any(self.loaded.places.get(each) == COMMAND_LINE for each in ("port", "data", "database_url"))
        return None if by_hand else os.environ.get(URL) or None

    @property
    def token_given(self) -> str | None:
        """The auth token that somebody gave for this server. One in a settings file goes with that file's address."""
        if self.auth_token is None and self.address is not None and self.loaded.places.get("auth_token") == ENVIRONMENT:
            return self.settings.secrets.auth_token
        return self.auth_token


def is_address(url: str) -> bool:
    """Whether it is the address of a server, and only that."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.port != 0
            and not (parts.username or parts.password or parts.query or parts.fragment)
        )
    except ValueError:
        return False
