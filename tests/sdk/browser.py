"""A headless Chromium with the client SDK's browser bundle in a page, driven by the DevTools protocol."""

import asyncio
import itertools
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from websockets.asyncio.client import ClientConnection, connect

from tests.sdk.client_process import JS, NEWEST
from tests.sdk.node_process import installed, without_proxies

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # which a test that runs as root could not have
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--no-first-run",
    "--remote-debugging-port=0",
)
BUNDLE = JS / "node_modules" / f"conversations-{NEWEST}" / "builds" / "twilio-conversations.min.js"
PATIENCE_SECONDS = 60


class ChromiumMissing(Exception):
    """There is no Chromium; says what to do."""


class Tab:
    """A page of its own in the browser."""

    def __init__(self, browser: "Browser", session: str) -> None:
        self._browser, self._session = browser, session

    async def run(self, expression: str, *given: object) -> Any:
        """What the expression gives, as JSON; `%s` in it are *given*."""
        filled = expression % tuple(json.dumps(each) for each in given)
        options = {"expression": filled, "awaitPromise": True, "returnByValue": True}
        answer = await self.command("Runtime.evaluate", **options)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        return await self._browser.command(method, self._session, **params)

    async def show(self, url: str) -> None:
        """The page at *url* has been loaded."""
        loaded = self._browser.awaited("Page.loadEventFired", self._session)
        await self.command("Page.navigate", url=url)
        await loaded

    async def reload(self) -> None:
        """The page has been loaded anew."""
        loaded = self._browser.awaited("Page.loadEventFired", self._session)
        await self.command("Page.reload")
        await loaded

    async def go_offline(self, is_offline: bool) -> None:
        """The browser believes that it has no network, or has one again."""
        speed = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        await self.command("Network.emulateNetworkConditions", offline=is_offline, **speed)


class Browser:
    """A running Chromium, and a server for the page of its tabs."""

    def __init__(self, connection: ClientConnection, page: str) -> None:
        self._connection, self._page = connection, page
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._awaited: dict[tuple[str, str], asyncio.Future[None]] = {}

    async def read_on(self) -> None:
        """Sorts what Chromium says."""
        async for message in self._connection:
            told = json.loads(message)
            if "id" in told:
                self._answers.pop(told["id"]).set_result(told)
            elif awaited := self._awaited.pop((told["method"], told.get("sessionId", "")), None):
                awaited.set_result(None)

    def awaited(self, event: str, session: str) -> asyncio.Future[None]:
        """Done when Chromium tells this *event* the next time."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._awaited[event, session] = future
        return asyncio.ensure_future(asyncio.wait_for(future, PATIENCE_SECONDS))

    async def command(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """The result of a command of the DevTools protocol."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        of_session = {} if session is None else {"sessionId": session}
        await self._connection.send(json.dumps({"id": number, "method": method, "params": params, **of_session}))
        async with asyncio.timeout(PATIENCE_SECONDS):
            told = await answer
        assert "error" not in told, (method, told["error"])
        result: dict[str, Any] = told["result"]
        return result

    async def tab(self) -> Tab:
        """A new tab that shows the page."""
        target = (await self.command("Target.createTarget", url="about:blank"))["targetId"]
        session = (await self.command("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        tab = Tab(self, session)
        for domain in ("Page", "Runtime", "Network"):
            await tab.command(f"{domain}.enable")
        await tab.show(self._page)
        return tab


@asynccontextmanager
async def running_browser() -> AsyncIterator[Browser]:
    """A browser for the length of the block; raises ChromiumMissing or NodeMissing."""
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        raise ChromiumMissing("needs Chromium; Debian, Ubuntu: apt install chromium")
    await asyncio.to_thread(installed, JS)
    with tempfile.TemporaryDirectory(prefix="parlour-test-", ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            program,
            *OPTIONS,
            f"--user-data-dir={profile}",
            env=without_proxies() | {"HOME": profile},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            address = await _address(process)
            async with _page_served() as page, connect(address, proxy=None, max_size=None, compression=None) as line:
                browser = Browser(line, page)
                reading = asyncio.create_task(browser.read_on())
                try:
                    yield browser
                finally:
                    reading.cancel()
                    await asyncio.wait([reading])
        finally:
            process.kill()
            await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> str:
    """Where Chromium listens for commands, as it says."""
    assert process.stderr is not None
    said = b""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while line := await process.stderr.readline():
            said += line
            if line.startswith(b"DevTools listening on "):
                return line.decode().split()[-1]
    raise AssertionError(f"Chromium ended: {said.decode(errors='replace')}")


@asynccontextmanager
async def _page_served() -> AsyncIterator[str]:
    """The URL of the page, at an origin of its own."""
    files = {"/page.html": JS / "page.html", "/page.js": JS / "page.js", "/sdk.js": BUNDLE}

    async def give(request: web.Request) -> web.FileResponse:
        return web.FileResponse(files.get(request.path) or _missing(request.path))

    application = web.Application()
    application.router.add_get("/{path:.*}", give)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/page.html"
    finally:
        await runner.cleanup()


def _missing(path: str) -> Path:
    raise web.HTTPNotFound(text=path)
