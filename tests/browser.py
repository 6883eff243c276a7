"""A real Chromium without a window, spoken to by its DevTools protocol: what a person would see, and its complaints."""

import asyncio
import base64
import itertools
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

PATIENCE = 60
"""Seconds for anything a page does: a generous end, not an expectation."""
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1280,1600",
    "--remote-debugging-port=0",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
UNTIL = """new Promise(found => {
    const look = () => {
        const value = (() => %s)()
        value ? found(value instanceof Node || value) : setTimeout(look, 20)
    }
    look()
})"""


def chromium() -> str:
    """Its path. Without it a laptop skips these tests and says so; CI, which installs it, fails."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        assert not os.environ.get("CI"), "CI has to have a Chromium: see .ci/run"
        pytest.skip("no Chromium on this machine: install one, or name it with CHROMIUM=/path")
    return found


class Page:
    """One tab. `asked` are the addresses it loaded, `complaints` what its console said was wrong."""

    def __init__(self, browser: "Browser", session: str) -> None:
        self.browser, self.session = browser, session
        self.asked: list[str] = []
        self.complaints: list[str] = []

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        return await self.browser.command(method, self.session, **params)

    async def open(self, url: str) -> None:
        await self.command("Page.navigate", url=url)
        await self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    async def evaluate(self, expression: str) -> Any:
        answer = await self.command("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(self, condition: str) -> Any:
        """What the condition is worth once it holds. A page that is left while it is asked is asked anew."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    return await self.evaluate(UNTIL % condition)
                except LeftPage:
                    continue

    async def click(self, selector: str) -> None:
        await self.until(f"document.querySelector({selector!r})")
        await self.evaluate(f"document.querySelector({selector!r}).click()")

    async def type(self, selector: str, text: str) -> None:
        await self.until(f"document.querySelector({selector!r})")
        await self.evaluate(f"document.querySelector({selector!r}).focus()")
        await self.command("Input.insertText", text=text)

    async def picture(self, file: Path) -> None:
        shot = await self.command("Page.captureScreenshot", format="png")
        file.write_bytes(base64.b64decode(shot["data"]))

    def hears(self, method: str, params: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.asked.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.complaints.append(str([one.get("value", one.get("description")) for one in params["args"]]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")


class LeftPage(Exception):
    """The page went on to another document while it was asked."""


class Browser:
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._pages: dict[str, Page] = {}

    async def command(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        answered = self._waiting[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": params, **({"sessionId": session} if session else {})}
        await self._connection.send(json.dumps(message))
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await answered
        finally:
            del self._waiting[number]
        if "error" in answer:
            why = answer["error"]["message"]
            raise LeftPage(why) if "navigated" in why or "context" in why else AssertionError(f"{method}: {why}")
        return dict(answer["result"])

    async def listen(self) -> None:
        """Until the browser is gone."""
        with suppress(ConnectionClosed):
            async for text in self._connection:
                message = json.loads(text)
                if "id" in message:
                    if waiting := self._waiting.get(message["id"]):
                        waiting.set_result(message)
                elif page := self._pages.get(message.get("sessionId", "")):
                    page.hears(message["method"], message["params"])

    @asynccontextmanager
    async def page(self) -> AsyncIterator[Page]:
        """A tab in a profile of its own."""
        context = (await self.command("Target.createBrowserContext"))["browserContextId"]
        target = await self.command("Target.createTarget", url="about:blank", browserContextId=context)
        attached = await self.command("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page = self._pages[attached["sessionId"]] = Page(self, attached["sessionId"])
        for domain in ("Page", "Runtime", "Log", "Network"):
            await page.command(f"{domain}.enable")
        yield page
        await self.command("Target.disposeBrowserContext", browserContextId=context)


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """A Chromium with a fresh profile, gone with all its children at the end."""
    program = chromium()
    with tempfile.TemporaryDirectory(prefix="backoffice-chromium-", ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            program,
            *FLAGS,
            f"--user-data-dir={profile}",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with connect(await _address(process), max_size=None) as connection:
                browser = Browser(connection)
                listening = asyncio.create_task(browser.listen())
                yield browser
                await browser.command("Browser.close")
                await asyncio.wait({listening}, timeout=PATIENCE)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE):
        async for line in process.stderr:
            if b"DevTools listening on " in line:
                return line.decode().partition("listening on ")[2].strip()
    raise AssertionError("Chromium ended before it listened")
