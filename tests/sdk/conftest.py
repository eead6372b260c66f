"""The official libraries, for the tests of this folder."""

from collections.abc import Iterator

import pytest

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
