"""Stage: what a story of the client SDK plays on: a release of it, an account, and people who log in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.access_tokens import Key, new_key, token_for
from tests.account_client import AccountClient
from tests.sdk.client_process import PATIENCE_SECONDS, ClientSdk, Thing
from tests.twilsock import PATH


class Stage:
    """An account of its own, and the SDK pointed at the server where it lives."""

    def __init__(self, sdk: ClientSdk, api: AccountClient, url: str | None = None) -> None:
        self.sdk, self.api = sdk, api
        self.uri = (url or api.url).replace("http", "ws", 1) + PATH
        self.clients: list[Thing] = []
        self._key: Key | None = None

    async def token(self, identity: str, **changes: Any) -> str:
        self._key = self._key or await new_key(self.api)
        return await token_for(self.api, identity, key=self._key, **changes)

    async def open(self, token: str, **options: object) -> Thing:
        """A client that may still be logging in, pointed here as the README says."""
        client: Thing = await self.sdk.ask("open", token=token, options={"Twilsock": {"uri": self.uri}, **options})
        self.clients.append(client)
        return client

    async def log_in(self, identity: str, *, token: str | None = None, **options: object) -> Thing:
        """The client of *identity*, with all of its conversations loaded."""
        client = await self.open(token or await self.token(identity), **options)
        await client.event("stateChanged", lambda state: state == "initialized")
        await client.getSubscribedConversations()
        return await client.now()

    async def room(self, *identities: str, **form: object) -> dict[str, Any]:
        """A conversation, made over REST, in which these take part."""
        room = await self.api.made("/Conversations", **form)
        for identity in identities:
            await self.api.made(f"/Conversations/{room['sid']}/Participants", Identity=identity)
        return room

    async def post(self, room: dict[str, Any], *bodies: str, **form: object) -> list[dict[str, Any]]:
        """Messages, sent over REST."""
        path = f"/Conversations/{room['sid']}/Messages"
        return [await self.api.made(path, Body=body, **form) for body in bodies]

    async def registered(self, number: int) -> list[dict[str, Any]]:
        """The bindings of devices, as soon as there are so many: the SDK registers them in the background."""
        path = f"/v1/Services/{self.api.service}/Bindings"
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(rows := await self.api.listed(path)) != number:
                pass  # each look is a call of the server
        return rows

    async def leave(self) -> None:
        """Everybody logs out; nothing was rejected in the SDK that an application could not have caught."""
        unhandled, self.sdk.unhandled = self.sdk.unhandled, []
        for client in self.clients:
            await client.shutdown()
        assert not unhandled, "\n".join(unhandled)


Story = Callable[[Stage], Awaitable[None]]


@asynccontextmanager
async def staged(sdk: ClientSdk, api: AccountClient, url: str | None = None) -> AsyncIterator[Stage]:
    """A stage that everybody has left after the block."""
    stage = Stage(sdk, api, url)
    try:
        yield stage
    finally:
        await stage.leave()
