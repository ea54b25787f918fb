"""A real, headless browser for the page, driven over the DevTools protocol with plain aiohttp."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
PATIENCE = 10.0


class Tab:
    """One page in the browser: `js` evaluates, `until` waits for something to be true, `write` and `press` type."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = count(1)

    async def js(self, expression: str) -> Any:
        """The value of an expression in the page."""
        answer = await self._call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def until(self, expression: str) -> Any:
        """The expression's value once it is truthy; raises TimeoutError with what the page shows."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not (value := await self.js(expression)):  # noqa: ASYNC110 (another process cannot set an Event)
                    await asyncio.sleep(0.02)
                return value
        except TimeoutError:
            raise TimeoutError(f"{expression} stayed false on:\n{await self.js('document.body.innerText')}") from None

    async def click(self, selector: str) -> None:
        """Click what the selector finds, as soon as it is there."""
        await self.until(f"!!document.querySelector({json.dumps(selector)})")
        await self.js(f"document.querySelector({json.dumps(selector)}).click()")

    async def mouse(self, kind: str, x: float, y: float) -> None:
        """`mousePressed` or `mouseReleased`, the left button, at a place on the page."""
        await self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def write(self, selector: str, text: str) -> None:
        """Type into a field, as soon as it is seen: what is hidden takes no focus, and the words would go nowhere."""
        await self.until(f"document.querySelector({json.dumps(selector)})?.checkVisibility()")
        await self.js(f"(e => {{ e.focus(); e.select?.(); }})(document.querySelector({json.dumps(selector)}))")
        await self._call("Input.insertText", text=text)

    async def press(self, key: str, code: int) -> None:
        """Press and release a key."""
        for kind in ("rawKeyDown", "char", "keyUp") if key == "Enter" else ("rawKeyDown", "keyUp"):
            text = {"text": "\r"} if kind == "char" else {}
            await self._call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)

    async def _call(self, method: str, **params: Any) -> Any:
        number = next(self._ids)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            message = await self._socket.receive_json(timeout=PATIENCE)
            if message.get("id") == number:
                assert "error" not in message, message["error"]
                return message["result"]


@asynccontextmanager
async def opened(url: str, profile: Path) -> AsyncIterator[Tab]:
    """A browser with its own profile, showing `url`; gone afterwards."""
    assert BROWSER is not None
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", f"--user-data-dir={profile}"]
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(BROWSER, *options, "about:blank", stdout=quiet, stderr=quiet)
    try:
        port = await _port(profile / "DevToolsActivePort")
        async with aiohttp.ClientSession() as session:
            async with session.put(f"http://127.0.0.1:{port}/json/new?{url}") as answer:
                address = (await answer.json(content_type=None))["webSocketDebuggerUrl"]
            async with session.ws_connect(address, max_msg_size=0) as socket:
                yield Tab(socket)
    finally:
        process.terminate()
        await process.wait()


async def _port(announced: Path) -> int:
    async with asyncio.timeout(PATIENCE * 3):
        while not (words := _read(announced).split()):  # noqa: ASYNC110 (another process cannot set an Event)
            await asyncio.sleep(0.05)
        return int(words[0])


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""
