"""Behind a proxy: which of its headers are believed, and what goes by them."""

import asyncio
import datetime
import ipaddress
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from yarl import URL

from parlour.http.forwarded import Proxies
from parlour.settings import Settings, SettingsError, load
from tests.account_client import AccountClient, basic, new_account
from tests.metrics import parsed
from tests.server import Parlour, serving

LOOPBACK = "127.0.0.0/8,::1"


def settled(trusted: str, peer: str | None, **headers: str) -> tuple[str | None, str, str]:
    """Client, scheme and host of a request from *peer* that came with *headers*."""
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {
        "client": None if peer is None else (peer, 1), "scheme": "http", "headers": [(b"host", b"parlour:8010"), *sent]
    }  # fmt: skip
    Proxies(trusted, lambda: None).settle(scope)
    client = scope["client"]
    return None if client is None else client[0], scope["scheme"], dict(scope["headers"])[b"host"].decode()


@pytest.mark.parametrize(
    ("trusted", "peer", "headers", "expected"),
    [
        (LOOPBACK, "127.0.0.1", {"x_forwarded_proto": "https"}, ("127.0.0.1", "https", "parlour:8010")),
        (LOOPBACK, "127.0.0.1", {"x_forwarded_host": "chat.example.org"}, ("127.0.0.1", "http", "chat.example.org")),
        (LOOPBACK, "::1", {"x_forwarded_proto": "HTTPS"}, ("::1", "https", "parlour:8010")),
        (LOOPBACK, "::ffff:127.0.0.1", {"x_forwarded_proto": "https"}, ("::ffff:127.0.0.1", "https", "parlour:8010")),
        (LOOPBACK, None, {"x_forwarded_proto": "https", "x_forwarded_for": "192.0.2.1"},
         ("192.0.2.1", "https", "parlour:8010")),
        (LOOPBACK, "10.0.0.9", {"x_forwarded_proto": "https", "x_forwarded_for": "192.0.2.1"},
         ("10.0.0.9", "http", "parlour:8010")),
        ("10.0.0.0/8", "10.0.0.9", {"x_forwarded_proto": "https"}, ("10.0.0.9", "https", "parlour:8010")),
        ("10.0.0.0/8", "127.0.0.1", {"x_forwarded_proto": "https"}, ("127.0.0.1", "http", "parlour:8010")),
        ("none", "127.0.0.1", {"x_forwarded_proto": "https"}, ("127.0.0.1", "http", "parlour:8010")),
        # several hops: the rightmost address that is not a trusted proxy's is the client's
        ("10.0.0.0/8", "10.0.0.1", {"x_forwarded_for": "192.0.2.66, 198.51.100.7, 10.0.0.2"},
         ("198.51.100.7", "http", "parlour:8010")),
        ("10.0.0.0/8", "10.0.0.1", {"x_forwarded_for": "10.0.0.3, 10.0.0.2"}, ("10.0.0.3", "http", "parlour:8010")),
        ("10.0.0.0/8", "10.0.0.1", {"x_forwarded_for": "192.0.2.66, unknown, 10.0.0.2"},
         ("10.0.0.2", "http", "parlour:8010")),
        ("10.0.0.0/8", "10.0.0.1", {"x_forwarded_for": "[2001:db8::1]:4711"}, ("2001:db8::1", "http", "parlour:8010")),
        ("10.0.0.0/8", "10.0.0.1", {"x_forwarded_for": "192.0.2.1:4711"}, ("192.0.2.1", "http", "parlour:8010")),
        ("10.0.0.0/8", "10.0.0.1",
         {"x_forwarded_for": "192.0.2.66, 198.51.100.7, 10.0.0.2", "x_forwarded_proto": "gopher, https, http",
          "x_forwarded_host": "evil.example, chat.example.org, inner"},
         ("198.51.100.7", "https", "chat.example.org")),
        # what cannot be
        (LOOPBACK, "127.0.0.1", {"x_forwarded_proto": "javascript"}, ("127.0.0.1", "http", "parlour:8010")),
        (LOOPBACK, "127.0.0.1", {"x_forwarded_host": "a/b"}, ("127.0.0.1", "http", "parlour:8010")),
        (LOOPBACK, "127.0.0.1", {"x_forwarded_host": "a@b"}, ("127.0.0.1", "http", "parlour:8010")),
        (LOOPBACK, "127.0.0.1", {"x_forwarded_host": ""}, ("127.0.0.1", "http", "parlour:8010")),
        # RFC 7239
        (LOOPBACK, "127.0.0.1", {"forwarded": "for=192.0.2.1;proto=https;host=chat.example.org"},
         ("192.0.2.1", "https", "chat.example.org")),
        (LOOPBACK, "127.0.0.1", {"forwarded": 'For="[2001:db8::1]:4711"; Proto=https ;host="chat.example.org:8443"'},
         ("2001:db8::1", "https", "chat.example.org:8443")),
        ("10.0.0.0/8", "10.0.0.1",
         {"forwarded": "for=192.0.2.66;proto=gopher;host=evil, for=198.51.100.7;proto=https;host=chat.example.org,"
          "for=10.0.0.2;proto=http;host=inner"},
         ("198.51.100.7", "https", "chat.example.org")),
        (LOOPBACK, "127.0.0.1", {"forwarded": "for=192.0.2.1;proto=https;host=x, for=_hidden;proto=http"},
         ("127.0.0.1", "http", "parlour:8010")),
        (LOOPBACK, "127.0.0.1", {"forwarded": 'for=192.0.2.1;proto=https;host="x'},
         ("127.0.0.1", "http", "parlour:8010")),
        (LOOPBACK, "127.0.0.1", {"forwarded": ""}, ("127.0.0.1", "http", "parlour:8010")),
        # a proxy that sets the one passes on what the client wrote into the other
        (LOOPBACK, "127.0.0.1", {"forwarded": "for=192.0.2.66;host=evil.example", "x_forwarded_for": "198.51.100.7"},
         ("198.51.100.7", "http", "parlour:8010")),
    ],
)  # fmt: skip
def test_what_is_believed(trusted: str, peer: str | None, headers: dict[str, str], expected: tuple[str, ...]) -> None:
    assert settled(trusted, peer, **headers) == expected


@pytest.mark.parametrize("wrong", ["example.org", "10.0.0.0/33", "127.0.0.1;::1", "10.0.0.1,,10.0.0.2"])
def test_a_proxy_that_is_no_address_is_a_wrong_setting(wrong: str) -> None:
    with pytest.raises(SettingsError, match="trusted_proxies"):
        load({"trusted_proxies": wrong}, {})


def test_loopback_is_trusted_unless_a_setting_says_otherwise() -> None:
    assert Settings().server.trusted_proxies == LOOPBACK
    assert load({}, {"PARLOUR_TRUSTED_PROXIES": "none"}).server.trusted_proxies == "none"


SENT = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "chat.example.org", "X-Forwarded-For": "192.0.2.1"}


async def test_urls_of_answers_are_those_that_the_client_can_follow(api: AccountClient) -> None:
    for _ in range(2):
        await api.made("/Conversations")
    page = await api.send("GET", "/Conversations?PageSize=1", headers=SENT)
    base = "https://chat.example.org"
    assert page.meta["next_page_url"].startswith(f"{base}/v1/Conversations?")
    assert page.rows[0]["url"].startswith(f"{base}/v1/Conversations/CH")
    assert all(link.startswith(base) for link in page.rows[0]["links"].values())
    feed = await api.send("GET", "/parlour/v1/Events?PageSize=1&Wait=0", headers=SENT)
    assert feed.meta["next_url"].startswith(f"{base}/parlour/v1/Events?")


@pytest.mark.parametrize(
    "host", ["", "a b", "a@b", "a/b?c#", '"><script>', "[::1", "a:999999", "a:b", "a,b", "é", "$(id)"]
)
async def test_a_host_that_is_none_gets_into_no_url(api: AccountClient, host: str) -> None:
    for path in ("/Conversations", "/parlour/v1/Events?Wait=0", f"{api.url}/"):
        answer = await api.send("GET", path, headers={"Host": host, "Accept": "text/html"})
        assert answer.refusal == (400, 20001), path
    assert (await api.send("GET", f"{api.url}/healthz", headers={"Host": host})).status == 200


@pytest.mark.parametrize("host", ["chat.example.org", "my_service:8010", "[::1]:8010", "127.0.0.1", "a:"])
async def test_urls_name_the_host_that_the_client_asked(api: AccountClient, host: str) -> None:
    page = await api.send("GET", "/Conversations", headers={"Host": host})
    assert page.meta["url"].startswith(f"http://{host}/v1/Conversations?")


async def test_a_stranger_is_not_believed(database_url: str) -> None:
    async with serving(database_url, trusted_proxies="192.0.2.0/24") as parlour:
        own = await new_account(parlour)
        page = await own.send("GET", "/Conversations", headers=SENT)
        assert page.meta["url"].startswith(f"{parlour.url}/v1/Conversations?")


async def test_the_public_url_goes_before_what_proxies_say(database_url: str) -> None:
    async with serving(database_url, public_url="https://set.example.org") as parlour:
        page = await (await new_account(parlour)).send("GET", "/Conversations", headers=SENT)
        assert page.meta["url"].startswith("https://set.example.org/v1/Conversations?")


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """How a proxy on this machine proves itself, and how a client checks it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a proxy")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .issuer_name(name)
        .subject_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "proxy.pem").write_bytes(secret + made.public_bytes(pem))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "proxy.pem")
    return server, ssl.create_default_context(cafile=str(folder / "proxy.pem"))


@asynccontextmanager
async def tls_proxy(parlour: Parlour, folder: Path) -> AsyncIterator[tuple[str, ssl.SSLContext]]:
    """A proxy that ends TLS and sets the headers that the chapter on serving names; its URL, and who it is."""
    server, client = certificate(folder)

    async def pass_on(request: web.BaseRequest) -> web.StreamResponse:
        headers = {name: value for name, value in request.headers.items() if name not in ("Host", "Content-Length")}
        headers |= {"X-Forwarded-Proto": request.scheme, "X-Forwarded-Host": request.host}
        headers |= {"X-Forwarded-For": request.remote or ""}
        url, body = URL(parlour.url + request.raw_path, encoded=True), await request.read()
        async with parlour.client.request(request.method, url, headers=headers, data=body) as answer:
            return web.Response(status=answer.status, body=await answer.read(), content_type=answer.content_type)

    runner = web.ServerRunner(web.Server(pass_on))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server)
    await site.start()
    try:
        yield f"https://127.0.0.1:{runner.addresses[0][1]}", client
    finally:
        await runner.cleanup()


async def test_a_client_behind_tls_follows_pages_without_leaving_it(api: AccountClient, tmp_path: Path) -> None:
    for _ in range(5):
        await api.made("/Conversations")
    async with tls_proxy(api.parlour, tmp_path) as (url, trust):
        connector = aiohttp.TCPConnector(ssl=trust)
        async with aiohttp.ClientSession(connector=connector, headers={"Authorization": api.credentials}) as client:
            following, seen = f"{url}/v1/Conversations?PageSize=2", 0
            while following:
                assert following.startswith(url)
                async with client.get(URL(following, encoded=True)) as answer:
                    page = await answer.json()
                seen += len(page["conversations"])
                following = page["meta"]["next_page_url"]
    assert seen == 5


# Guesses


async def guessed(api: AccountClient, client: str, count: int = 1, username: str = "") -> list[int]:
    """The statuses of wrong credentials that come from *client*."""
    statuses = []
    for number in range(count):
        headers = {"Authorization": basic(username or api.account, f"guess {number}"), "X-Forwarded-For": client}
        statuses.append((await api.send("GET", "/v1/Users", headers=headers)).status)
    return statuses


async def test_600_wrong_tokens_in_a_row_meet_a_429_and_nobody_else_does(
    api: AccountClient, other_api: AccountClient
) -> None:
    assert (await api.send("GET", "/v1/Users", headers={"X-Forwarded-For": "192.0.2.2"})).status == 200
    began = time.monotonic()
    statuses = await guessed(api, "192.0.2.2", 600)
    assert statuses[:100] == [401] * 100
    assert statuses.count(429) > 400 - (time.monotonic() - began)
    answer = await api.send(
        "GET", "/v1/Users", headers={"Authorization": basic(api.account, "x"), "X-Forwarded-For": "192.0.2.2"}
    )
    assert answer.refusal in ((429, 20429), (401, 20003))
    assert await guessed(api, "192.0.2.3") == [401]
    for headers in ({"X-Forwarded-For": "192.0.2.2"}, {"X-Forwarded-For": "192.0.2.3"}, {}):
        assert (await api.send("GET", "/v1/Users", headers=headers)).status == 200
        assert (await other_api.send("GET", "/v1/Users", headers={"X-Forwarded-For": "192.0.2.3"})).status == 200


async def test_addresses_of_one_site_are_one_source(api: AccountClient) -> None:
    at_once = [guessed(api, f"2001:db8:0:7::{number:x}") for number in range(1, 200)]
    assert [429] in await asyncio.gather(*at_once)
    assert await guessed(api, "2001:db8:0:8::1") == [401]


async def test_wrong_credentials_are_counted(api: AccountClient) -> None:
    async def counted() -> float:
        async with api.parlour.client.get(f"{api.url}/metrics") as answer:
            samples = parsed(await answer.text())
        return sum(value for (name, _), value in samples.items() if name == "parlour_wrong_credentials_total")

    before = await counted()
    await guessed(api, "192.0.2.4", 130)
    assert await counted() == before + 130


# From here on: who asks is somebody's page


PAGE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("headers", "is_let_in"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        (PAGE, False),
        ({**PAGE, "Sec-Fetch-Mode": "no-cors"}, False),
        ({**PAGE, "Sec-Fetch-Mode": "cors"}, False),
        ({**PAGE, "Sec-Fetch-Mode": "cors", "X-Twilio-Webhook-Enabled": "false"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "https://[evil"}, False),
        ({"Origin": "http://127.0.0.1:3000"}, True),
        ({"Origin": "https://chat.example.org", **SENT}, True),
        ({"Origin": "https://evil.example", **SENT}, False),
    ],
)
async def test_another_sites_page_changes_nothing(api: AccountClient, headers: dict[str, str], is_let_in: bool) -> None:
    answer = await api.send("POST", "/v1/Users", b"Identity=dana", {**FORM, **headers})
    assert answer.status == (201 if is_let_in else 403)
    assert is_let_in or answer.refusal == (403, 20403)
    assert len((await api.get("/v1/Users")).rows) == is_let_in
    deleted = await api.send("DELETE", "/v1/Users/dana", headers=headers)
    assert deleted.status == (204 if is_let_in else 403)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}, 200),
        ({"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}, 403),
        ({"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, 403),
        ({"Sec-Fetch-Dest": "iframe"}, 403),
    ],
)
async def test_another_sites_page_links_to_what_is_here_but_does_not_embed_it(
    api: AccountClient, more: dict[str, str], status: int
) -> None:
    assert (await api.send("GET", "/v1/Users", headers={**PAGE, **more})).status == status


async def test_a_browser_may_still_ask_first(api: AccountClient) -> None:
    headers = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST", **PAGE}
    async with api.parlour.client.options(api.at("/v1/Users"), headers=headers) as answer:
        assert answer.status == 200


async def test_without_credentials_the_answer_is_that_they_are_missing(api: AccountClient) -> None:
    async with api.parlour.client.post(api.at("/v1/Users"), headers=PAGE) as answer:
        assert answer.status == 401
