"""Names: who has a name that nobody answers for keeps nobody else waiting, and what was checked is connected to."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from parlour.outbound import names as module
from parlour.outbound.client import Client, Exchange, Fault
from parlour.outbound.guard import Guard
from parlour.outbound.names import Names
from parlour.webhooks.request import SignedRequest, call
from tests.account_client import AccountClient, new_account
from tests.database import migrated_database
from tests.deliveries import recorded
from tests.nameserver import Nameserver, nameserving
from tests.receiver import Receiver
from tests.server import serving
from tests.webhooks.conftest import attempted, be_asked, listen, loudly, made, replying


@pytest.fixture
async def nameserver() -> AsyncIterator[Nameserver]:
    async with nameserving(hook=["127.0.0.1"], both=["::1", "127.0.0.1"]) as server:
        yield server


def port_of(receiver: Receiver) -> str:
    return receiver.url.rpartition(":")[2]


async def called(nameserver: Nameserver, url: str, *, allow_private: bool = True) -> Exchange[SignedRequest]:
    async with Client(Guard(allow_private=allow_private, resolver=Names([nameserver.address]))) as client:
        return await call(client, "POST", url, {"A": "1"}, "secret", "token")


async def test_names_without_an_answer_keep_no_other_account_waiting(
    postgres: str, receiver: Receiver, nameserver: Nameserver
) -> None:
    async with migrated_database(postgres) as url, serving(url, webhook_nameservers=nameserver.address) as parlour:
        bad, good = await new_account(parlour), await new_account(parlour)
        for number in range(40):
            await _with_hook(bad, f"http://n{number}.silent.test/")
        await be_asked(good, f"http://hook.answers.test:{port_of(receiver)}/")
        receiver.reply = replying(403)
        async with asyncio.timeout(30):
            while len({name for name in nameserver.asked if name.endswith(".silent.test")}) < 40:
                await good.get("/Conversations")
        for _ in range(12):
            answer = await loudly(good, "/Conversations")
            assert answer.refusal == (403, 50056), "it was asked in time, and refused"


async def _with_hook(api: AccountClient, url: str) -> None:
    """A message that *url* is to be told of."""
    path = f"/Conversations/{(await api.made('/Conversations'))['sid']}"
    scoped = {"Configuration.Url": url, "Configuration.Filters": ["onMessageAdded"]}
    await api.made(f"{path}/Webhooks", Target="webhook", **scoped)
    await made(api, f"{path}/Messages", Body="for nobody")


async def test_a_short_outage_of_dns_loses_no_event(
    postgres: str, receiver: Receiver, nameserver: Nameserver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_LOOKUP_SECONDS", 0.2)
    async with migrated_database(postgres) as url, serving(url, webhook_nameservers=nameserver.address) as parlour:
        api = await new_account(parlour)
        await listen(api, f"http://hook.answers.test:{port_of(receiver)}/")
        nameserver.is_silent = True
        parlour.clock.freeze()
        await made(api, "/Conversations")
        await attempted(api, 1)
        nameserver.is_silent = False
        parlour.clock.release()
        (row,) = await recorded(api)
        assert row["state"] == "delivered"


async def test_silence_is_remembered_for_a_while(nameserver: Nameserver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LOOKUP_SECONDS", 0.2)
    names = Names([nameserver.address])
    for words in ("no DNS server answered within", "it was not asked again"):
        with pytest.raises(OSError, match=words):
            await names.resolve("one.silent.test")
    asked = len(nameserver.asked)
    monkeypatch.setattr(module, "SILENCE_SECONDS", 0.0)
    with pytest.raises(OSError, match="within"):
        await names.resolve("two.silent.test")
    with pytest.raises(OSError, match="within"):
        await names.resolve("two.silent.test")
    assert len(nameserver.asked) > asked
    await names.close()


async def test_of_silent_names_so_many_are_remembered(nameserver: Nameserver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LOOKUP_SECONDS", 0.05)
    monkeypatch.setattr(module, "MAX_SILENT_NAMES", 2)
    names = Names([nameserver.address])
    for host in ("one", "two", "three"):
        with pytest.raises(OSError, match="within"):
            await names.resolve(f"{host}.silent.test")
    with pytest.raises(OSError, match="not asked again"):
        await names.resolve("three.silent.test")
    with pytest.raises(OSError, match="within"):
        await names.resolve("one.silent.test")
    await names.close()


async def test_a_name_that_does_not_exist_is_no_silence(nameserver: Nameserver) -> None:
    for _ in range(2):
        exchange = await called(nameserver, "http://nowhere.test/")
        assert exchange.fault is Fault.UNREACHABLE
        assert "not asked again" not in (exchange.error or "")


async def test_the_hosts_of_this_machine_need_no_server(nameserver: Nameserver, receiver: Receiver) -> None:
    exchange = await called(nameserver, f"http://localhost:{port_of(receiver)}/")
    assert exchange.status == 200
    assert nameserver.asked == []


async def test_a_name_with_addresses_of_both_kinds_is_reached_by_either(
    nameserver: Nameserver, receiver: Receiver
) -> None:
    found = await Names([nameserver.address]).resolve("both.answers.test", 80, 0)  # type: ignore[arg-type]
    assert {each["host"] for each in found} == {"::1", "127.0.0.1"}
    exchange = await called(nameserver, f"http://both.answers.test:{port_of(receiver)}/")
    assert exchange.status == 200, "the receiver listens on IPv4 only"


async def test_the_address_that_was_checked_is_connected_to(nameserver: Nameserver, receiver: Receiver) -> None:
    url = f"http://hook.answers.test:{port_of(receiver)}/"
    assert (await called(nameserver, url, allow_private=False)).fault is Fault.FORBIDDEN
    assert receiver.received == []
    async with Client(Guard(allow_private=True, resolver=Names([nameserver.address]))) as client:
        assert (await call(client, "POST", url, {}, "secret", "token")).status == 200
        asked = len(nameserver.asked)
        nameserver.names["hook.answers.test"] = ["127.0.0.2"]
        assert (await call(client, "POST", url, {}, "secret", "token")).status == 200
        assert len(nameserver.asked) == asked, "the connection that is open is taken, to what was checked"


@pytest.mark.parametrize("text", ["127.0.0.1", "127.0.0.1:5353", "::1", "[::1]", "[::1]:53"])
def test_an_address_of_a_server_is_taken(text: str) -> None:
    Names([text])


@pytest.mark.parametrize("text", ["dns.example", "127.0.0.1:", "127.0.0.1:70000", "1.2.3", "[::1", "::1:x", ""])
def test_what_is_no_address_of_a_server_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not the address of a DNS server"):
        Names([text])
