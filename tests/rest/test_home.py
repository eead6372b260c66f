"""What is found at parlour's bare address."""

import re

import pytest

from parlour import __version__
from tests.account_client import NOT_FOUND, AccountClient
from tests.server import serving

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


async def test_a_browser_is_shown_what_to_do_next(api: AccountClient) -> None:
    answer = await api.send("GET", f"{api.url}/", headers=BROWSER)
    page = answer.body.decode()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f"parlour {__version__}" in page
    assert page.count(f"{api.url}/v1/Conversations") == 2
    for path in re.findall('href="(/[^"]*)"', page):
        assert (await api.get(api.url + path)).status == 200


async def test_the_page_loads_nothing_and_says_so(api: AccountClient) -> None:
    answer = await api.send("GET", f"{api.url}/", headers=BROWSER)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert re.findall('(?:src|href)="(?!/)', answer.body.decode()) == []
    assert "<script" not in answer.body.decode()


async def test_its_base_url_is_what_the_browser_sees(api: AccountClient, database_url: str) -> None:
    headers = {**BROWSER, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "chat.example.org"}
    assert b"https://chat.example.org/v1/" in (await api.send("GET", f"{api.url}/", headers=headers)).body
    async with (
        serving(database_url, public_url="https://set.example.org/") as parlour,
        parlour.client.get(f"{parlour.url}/", headers=BROWSER) as answer,
    ):
        assert "https://set.example.org/v1/" in await answer.text()


async def test_what_a_host_header_holds_is_text(api: AccountClient) -> None:
    answer = await api.send("GET", f"{api.url}/", headers={**BROWSER, "Host": '"><b>x'})
    assert b"<b>x" not in answer.body


@pytest.mark.parametrize("accept", ["application/json", "*/*", None])
async def test_a_program_finds_nothing(api: AccountClient, accept: str | None) -> None:
    answer = await api.send("GET", f"{api.url}/", headers={} if accept is None else {"Accept": accept})
    assert answer.refusal == NOT_FOUND
