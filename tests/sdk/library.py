"""The official Python library, unmodified, pointed at the running parlour, with a note of what it asked for."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.conformance.published import SERVED
from tests.house import House, PathForm

_PATHS = [
    (route.method, re.compile(re.sub(r"\{\w+\}", "[^/]+", route.path)), route.id)
    # The longest first, so that a name that is written out wins over one that may be anything.
    for route in sorted(SERVED.values(), key=lambda route: -len(route.path))
]


class Library:
    """A client of the library and the ids of the operations that it has called."""

    def __init__(self, client: Any, called: set[str], form: PathForm, service: str) -> None:
        self.client, self.called = client, called
        self.v1 = client.conversations.v1
        self.scope = self.v1.services(service) if form is PathForm.SERVICE else self.v1
        """Where conversations, users and roles are, in the form of the paths that is being tested."""


@contextmanager
def library(house: House, username: str | None = None, password: str | None = None) -> Iterator[Library]:
    """The library with the credentials of the house, or others of the same account."""
    called: set[str] = set()

    def note(response: Any, **more: object) -> None:
        request = response.request
        path = request.path_url.partition("?")[0]
        called.add(next(id for method, each, id in _PATHS if method == request.method and each.fullmatch(path)))

    http = TwilioHttpClient(request_hooks={"response": note})
    client = Client(username or house.account, password or house.token, account_sid=house.account, http_client=http)
    client.conversations.base_url = house.url
    try:
        yield Library(client, called, house.form, house.service)
    finally:
        http.session.close()
