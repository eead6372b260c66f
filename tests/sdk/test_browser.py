"""The client SDK's browser bundle in Chromium: two tabs, a reload, no network for a while."""

from collections.abc import AsyncIterator

import pytest

from tests.access_tokens import token_for
from tests.account_client import AccountClient
from tests.sdk.browser import Browser, ChromiumMissing, Tab, running_browser
from tests.sdk.meddler import Meddler, meddled
from tests.sdk.node_process import NodeMissing
from tests.twilsock import PATH


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium; without it its tests are skipped."""
    try:
        async with running_browser() as browser:
            yield browser
    except (ChromiumMissing, NodeMissing) as missing:
        pytest.skip(str(missing))


async def log_in(tab: Tab, api: AccountClient, line: Meddler) -> list[str]:
    """The conversations of alice, who has logged in on the tab."""
    uri = line.url.replace("http", "ws", 1) + PATH
    sids: list[str] = await tab.run("logIn(%s, %s)", await token_for(api, "alice"), uri)
    return sids


async def test_two_tabs_a_reload_and_a_time_without_network(browser: Browser, api: AccountClient) -> None:
    room = (await api.made("/Conversations", FriendlyName="Front desk"))["sid"]
    path = f"/Conversations/{room}/Messages"
    await api.made(f"/Conversations/{room}/Participants", Identity="alice")
    await api.made(f"/Conversations/{room}/Participants", Identity="bob")
    for number in range(3):
        await api.made(path, Body=f"old {number}")
    async with meddled(api.url) as line:
        first, second = await browser.tab(), await browser.tab()
        for tab in (first, second):
            assert await log_in(tab, api, line) == [room]
            assert await tab.run("bodies(%s)", room) == ["old 0", "old 1", "old 2"]

        assert await first.run("conversation(%s).then((it) => it.sendMessage('Grüße 👋'))", room) == 3
        for tab in (first, second):
            assert await tab.run("heard('messageAdded')") == "Grüße 👋"

        await second.reload()
        assert await log_in(second, api, line) == [room]
        await api.made(path, Body="after the reload")
        for tab in (first, second):
            assert await tab.run("heard('messageAdded')") == "after the reload"
        assert await second.run("bodies(%s)", room) == ["old 0", "old 1", "old 2", "Grüße 👋", "after the reload"]

        for tab in (first, second):
            await tab.go_offline(True)
        await line.cut()
        await first.run("heard('connection', 'connecting')")
        await api.made(path, Body="while offline")
        line.is_down = False
        for tab in (first, second):
            await tab.go_offline(False)
            assert await tab.run("heard('messageAdded')") == "while offline"
        await api.made(path, Body="online again")
        for tab in (first, second):
            assert await tab.run("heard('messageAdded')") == "online again"
            assert await tab.run("left('messageAdded')") == []
            assert await tab.run("left('rejected')") == []
