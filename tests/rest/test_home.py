"""What is found at parlour's bare address."""

import re

import pytest

from parlour import __version__
from tests.house import NOT_FOUND, House
from tests.server import serving

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


async def test_a_browser_is_shown_what_to_do_next(house: House) -> None:
    answer = await house.send("GET", f"{house.url}/", headers=BROWSER)
    page = answer.body.decode()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f"parlour {__version__}" in page
    assert page.count(f"{house.url}/v1/Conversations") == 2
    for path in re.findall('href="(/[^"]*)"', page):
        assert (await house.get(house.url + path)).status == 200


async def test_the_page_loads_nothing_and_says_so(house: House) -> None:
    answer = await house.send("GET", f"{house.url}/", headers=BROWSER)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert re.findall('(?:src|href)="(?!/)', answer.body.decode()) == []
    assert "<script" not in answer.body.decode()


async def test_its_base_url_is_what_the_browser_sees(house: House, database_url: str) -> None:
    headers = {**BROWSER, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "chat.example.org"}
    assert b"https://chat.example.org/v1/" in (await house.send("GET", f"{house.url}/", headers=headers)).body
    async with (
        serving(database_url, public_url="https://set.example.org/") as parlour,
        parlour.client.get(f"{parlour.url}/", headers=BROWSER) as answer,
    ):
        assert "https://set.example.org/v1/" in await answer.text()


async def test_what_a_host_header_holds_is_text(house: House) -> None:
    answer = await house.send("GET", f"{house.url}/", headers={**BROWSER, "Host": '"><b>x'})
    assert b"<b>x" not in answer.body


@pytest.mark.parametrize("accept", ["application/json", "*/*", None])
async def test_a_program_finds_nothing(house: House, accept: str | None) -> None:
    answer = await house.send("GET", f"{house.url}/", headers={} if accept is None else {"Accept": accept})
    assert answer.refusal == NOT_FOUND
