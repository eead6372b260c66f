"""The error catalogue: every refusal that a caller can meet, with its published status, code and text.

Raise an entry; the entry point that let the call in renders it. An entry's docstring says when it is raised.
Source: the public error dictionary; where that gives no status the class of the error decides it.
"""

from parlour.core.errors import devices as _devices
from parlour.core.errors import rights as _rights
from parlour.core.errors import sockets as _sockets
from parlour.core.errors import tokens as _tokens
from parlour.core.errors.bindings import *  # noqa: F403
from parlour.core.errors.clock import *  # noqa: F403
from parlour.core.errors.configuration import *  # noqa: F403
from parlour.core.errors.conversation_webhooks import *  # noqa: F403
from parlour.core.errors.conversations import *  # noqa: F403
from parlour.core.errors.deliveries import *  # noqa: F403
from parlour.core.errors.devices import *  # noqa: F403
from parlour.core.errors.entry import ApiError as ApiError
from parlour.core.errors.feed import *  # noqa: F403
from parlour.core.errors.general import *  # noqa: F403
from parlour.core.errors.messages import *  # noqa: F403
from parlour.core.errors.participants import *  # noqa: F403
from parlour.core.errors.rights import *  # noqa: F403
from parlour.core.errors.services import *  # noqa: F403
from parlour.core.errors.sockets import *  # noqa: F403
from parlour.core.errors.tokens import *  # noqa: F403
from parlour.core.errors.webhooks import *  # noqa: F403


def catalogue() -> list[type[ApiError]]:
    """Every entry, by code and then name."""
    return sorted(ApiError.__subclasses__(), key=lambda entry: (entry.code, entry.__name__))


def of_accounts() -> list[type[ApiError]]:
    """The same without what only end users meet: all that can be the answer to a request over REST."""
    of_end_users = (_devices.__name__, _rights.__name__, _sockets.__name__, _tokens.__name__)
    return [entry for entry in catalogue() if entry.__module__ not in of_end_users]
