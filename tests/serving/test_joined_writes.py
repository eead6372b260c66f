"""Joined writes: what is written in one turn leaves together, whole and in order, and nothing is kept for long."""

import asyncio

import pytest

from parlour.serving.joined_writes import MAX_BYTES, JoinedWrites


class Sent(asyncio.Transport):
    """A transport that notes in which pieces it sent, and when it was closed."""

    def __init__(self) -> None:
        super().__init__({"peername": ("here", 1)})
        self.pieces: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.pieces.append(bytes(data))

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed


@pytest.fixture
def sent() -> Sent:
    return Sent()


@pytest.fixture
async def joined(sent: Sent) -> JoinedWrites:
    return JoinedWrites(sent, asyncio.get_running_loop())


async def test_what_is_written_in_one_turn_leaves_together_at_its_end(sent: Sent, joined: JoinedWrites) -> None:
    joined.write(b"head ")
    joined.write(b"body")
    assert sent.pieces == []
    await asyncio.sleep(0)
    assert sent.pieces == [b"head body"]
    joined.write(b"another")
    await asyncio.sleep(0)
    assert sent.pieces == [b"head body", b"another"]


async def test_closing_sends_first_what_was_kept_and_nothing_twice(sent: Sent, joined: JoinedWrites) -> None:
    joined.write(b"last words")
    joined.close()
    assert (sent.pieces, sent.is_closed) == ([b"last words"], True)
    await asyncio.sleep(0)
    assert sent.pieces == [b"last words"]


async def test_much_leaves_at_once(sent: Sent, joined: JoinedWrites) -> None:
    joined.write(b"a" * MAX_BYTES)
    assert sent.pieces == []
    joined.write(b"b")
    assert [len(piece) for piece in sent.pieces] == [MAX_BYTES + 1]
    await asyncio.sleep(0)
    assert len(sent.pieces) == 1


async def test_what_a_connection_that_closed_meanwhile_was_to_get_is_dropped(sent: Sent, joined: JoinedWrites) -> None:
    joined.write(b"too late")
    sent.is_closed = True
    await asyncio.sleep(0)
    assert sent.pieces == []


async def test_the_rest_is_that_of_the_transport(joined: JoinedWrites) -> None:
    assert joined.get_extra_info("peername") == ("here", 1)
    assert not joined.is_closing()
