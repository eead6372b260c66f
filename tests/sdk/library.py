"""The official libraries as the stories see them, and the Python one, unmodified, pointed at the running parlour."""

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.account_client import AccountClient, PathForm
from tests.conformance.published import SERVED, route_of

T = TypeVar("T")


class Library:
    """A client of one of the libraries, in the words of the Python one."""

    def __init__(self, v1: Any, api: AccountClient) -> None:
        self.v1 = v1
        self.scope = v1.services(api.service) if api.form is PathForm.SERVICE else v1
        """Where conversations, users and roles are, in the form of the paths that is being tested."""
        self.api = api
        self._loop: asyncio.AbstractEventLoop | None = None

    async def tell(self, story: "Story") -> None:
        """Runs *story*, which blocks, beside the server."""
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(story, self)

    def behind(self, doing: Coroutine[Any, Any, T]) -> T:
        """What *doing* gives, done where the server runs: for a story of what does not come in over REST."""
        assert self._loop is not None, "only a story that is being told may do that"
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result()


Story = Callable[[Library], None]
"""Drives the operations of a resource and checks what the library makes of the answers."""


@contextmanager
def python_library(api: AccountClient, username: str | None = None, password: str | None = None) -> Iterator[Library]:
    """The library with the credentials of the account, or others of the same account."""
    http = TwilioHttpClient()
    client = Client(username or api.account, password or api.token, account_sid=api.account, http_client=http)
    client.conversations.base_url = api.url
    try:
        yield Library(client.conversations.v1, api)
    finally:
        http.session.close()


class Refused(Exception):
    """A RestException of the Node library."""

    def __init__(self, status: int, code: int, message: str, **more: object) -> None:
        super().__init__(status, code, message)
        self.status, self.code, self.msg, self.more = status, code, message, more


def refusal(call: Callable[[], object]) -> tuple[int, int, str]:
    """Status, code and text of the exception that *call* raises, without the words that the Python library adds."""
    with pytest.raises((TwilioRestException, Refused)) as raised:
        call()
    return raised.value.status, raised.value.code, re.sub("^Unable to \\w+ record: ", "", raised.value.msg)


def uncalled(requests: Iterable[tuple[str, str]], form: PathForm) -> set[str]:
    """The ids of the operations that are served in this form of the paths and that none of *requests* is a call of."""
    called = {route.id for method, path in requests if (route := route_of(method, path))}
    return {id for id, route in SERVED.items() if route.explicit is (form is PathForm.SERVICE)} - called
