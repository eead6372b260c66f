"""The official libraries, for the tests of this folder."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest

from tests.sdk.client_process import ClientSdk, running_sdk
from tests.sdk.node_process import FOLDER, Node, NodeMissing, running_node


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    """A Node process with the library in it; without Node its tests are skipped."""
    try:
        with running_node() as node:
            yield node
    except NodeMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def node3() -> Iterator[Node]:
    """The same with a release that sends every form as multipart/form-data."""
    try:
        with running_node(FOLDER.with_name("node3")) as node:
            yield node
    except NodeMissing as missing:
        pytest.skip(str(missing))


class Sdks:
    """The releases of the client SDK, each in a process of its own that starts when it is asked for."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._running: dict[str, ClientSdk] = {}

    async def of(self, release: str) -> ClientSdk:
        if release not in self._running:
            try:
                self._running[release] = await self._stack.enter_async_context(running_sdk(release))
            except NodeMissing as missing:
                pytest.skip(str(missing))
        return self._running[release]


@pytest.fixture(scope="session")
async def sdks() -> AsyncIterator[Sdks]:
    """The client SDK; without Node its tests are skipped."""
    async with AsyncExitStack() as stack:
        yield Sdks(stack)
