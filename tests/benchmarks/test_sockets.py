"""Do the clients of the benchmarks do what client SDKs do, and does the soak see what is wrong?"""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.fanout import fanning_out
from benchmarks.fanout import frame as sent_frame
from benchmarks.sdk import read, start, subscribe
from benchmarks.soak import WIDTH, Soaked
from benchmarks.soaking import Record, Tally
from benchmarks.sockets import percentile
from benchmarks.twilsock import Gone, Line, Object, frames, packet, payload_of
from parlour.realtime import packets as theirs
from parlour.realtime.frames import binary
from tests.access_tokens import token_for
from tests.account_client import AccountClient
from tests.realtime.rooms import room_with, say

PATIENCE_SECONDS = 30


@given(st.lists(st.integers(0, 70_000), max_size=4), st.data())
def test_frames_are_found_wherever_what_comes_is_cut(sizes: list[int], data: st.DataObject) -> None:
    packets = [bytes([place]) * size for place, size in enumerate(sizes)]
    whole = b"".join(binary(each) for each in packets)
    cut = data.draw(st.integers(0, len(whole)))
    first = list(frames(whole[:cut]))
    rest = whole[first[-1][2] if first else 0 :]
    found = [whole[begin:end] for _, begin, end in first] + [rest[begin:end] for _, begin, end in frames(rest)]
    assert found == packets


def test_a_packet_is_cut_by_its_sizes() -> None:
    assert payload_of(theirs.notification("twilio.sync.event", b'{"text":"\r\n"}')) == b'{"text":"\r\n"}'
    assert theirs.read(packet({"method": "init", "id": "TM1"}, b"{}")).payload == b"{}"


async def test_a_client_starts_hears_and_goes_on_where_it_was(api: AccountClient) -> None:
    room = await room_with(api, "alice", "bob", messages=2)
    token = await token_for(api, "alice")
    news: asyncio.Queue[bytes] = asyncio.Queue()
    line = await Line.open(api.parlour.url, news.put_nowait)
    assert (await line.log_in(token)).status == 200
    found = await read(line)
    assert found.conversations == [room]
    assert len(found.objects) == 5
    await subscribe(line, found.objects)
    assert news.empty()
    message = await say(api, room, "live")
    assert await _heard(news, "live") == message["sid"]
    line.abort()
    with pytest.raises(Gone):
        await line.call("GET", "/Client/v2/Configuration")
    await say(api, room, "missed")
    again = await Line.open(api.parlour.url, news.put_nowait)
    assert (await again.log_in(token)).status == 200
    positions: list[Object] = [(sid, kind, line.positions[sid]) for sid, kind, _ in found.objects]
    await subscribe(again, positions)
    await _heard(news, "live")
    await _heard(news, "missed")
    again.abort()


async def _heard(news: "asyncio.Queue[bytes]", text: str) -> str:
    """The SID of the message that is added next, which has this text."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while b'"event_type":"list_item_added"' not in (payload := await news.get()):
            pass
    assert f'"text":"{text}"'.encode() in payload
    return payload.partition(b'"sid":"')[2].partition(b'"')[0].decode()


async def test_a_start_takes_time_and_fails_without_a_token(api: AccountClient) -> None:
    await room_with(api, "alice")
    line = await Line.open(api.parlour.url, lambda payload: None)
    started = await start(line, await token_for(api, "alice"))
    assert 0 < started.initialized < started.complete
    line.abort()
    with pytest.raises(Gone):
        await Line.open("http://127.0.0.1:1", lambda payload: None)


async def test_the_bare_fan_out_sends_to_all() -> None:
    news, ping = {"method": "notification", "id": "N"}, {"method": "ping", "id": "P"}
    packets = [packet(ping, b"." * 80), packet(news, bytes(200))]
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    with fanning_out() as bare:
        lines = [await Line.open(bare.url, heard.put_nowait) for _ in range(3)]
        sent = await asyncio.to_thread(bare.send, packets)
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert [await heard.get() for _ in lines] == [bytes(200)] * 3
        assert sent.sockets == 3
        for each in lines:
            each.abort()
    assert list(frames(sent_frame(packets[0]))) == [(2, 4, 4 + len(packets[0]))]


def test_a_record_counts_what_is_wrong() -> None:
    tally = Tally()
    record = Record(tally)
    record.begin({0: "a"})
    for index, sid in ((1, "b"), (3, "d"), (2, "c"), (3, "d"), (0, "a"), (5, "f")):
        record.add(index, sid)
    stored = {0: "a", 1: "B", 2: "c", 3: "d", 4: "e", 5: "f"}
    assert record.knows(stored)
    assert not record.knows({**stored, 6: "g"})
    record.compare(stored)
    assert (tally.told, tally.doubled, tally.out_of_order, tally.missing, tally.wrong) == (6, 2, 1, 1, 1)
    assert not tally.is_clean
    assert Tally(sent=1, told=9, unanswered=1).is_clean


@pytest.mark.parametrize("name", ["lost", "missing", "doubled", "out_of_order", "wrong", "refused"])
def test_a_soak_is_clean_only_if_nothing_is_wrong(name: str) -> None:
    flat = [100.0] * 20
    assert Soaked(Tally(), 1, 50, 3, flat).is_clean
    tally = Tally()
    setattr(tally, name, 1)
    assert not Soaked(tally, 1, 50, 3, flat).is_clean


def test_a_soak_sees_memory_that_grows_once_it_is_warm() -> None:
    assert Soaked(Tally(), 1, 50, 3, [50.0] * 5 + [100.0] * 15).is_clean
    growing = Soaked(Tally(), 20, 12_345, 99, [100.0 + place for place in range(100)])
    assert not growing.is_clean
    assert any("NOT FLAT" in line for line in growing.lines())


def test_the_summary_fits_a_terminal() -> None:
    tally = Tally(problem="503: " + "x" * 200)
    for name in ("sent", "unanswered", "told", "replayed", "log_ins", "stored", "missing"):
        setattr(tally, name, 10**9)
    lines = list(Soaked(tally, 999.5, 10**9, 999, [123_456.7] * 9).lines())
    assert max(len(line) for line in lines) == WIDTH
    assert lines[-1].startswith("  first problem: 503")


def test_a_percentile_is_a_value_that_was_found() -> None:
    values = [float(each) for each in range(1, 101)]
    assert [percentile(values, each) for each in (50, 99, 100)] == [50, 99, 100]
    assert percentile([7.0], 1) == 7
