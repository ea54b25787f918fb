"""A TCP proxy that misbehaves on request: for Redis, or anything else that speaks over a socket.

Promises: bytes pass unchanged until a mood is set; each mood can be taken back. Refuses to understand the protocol,
but for looking for a word in a request.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

UnderWay = asyncio.Queue[tuple[float, bytes]]
"""Replies on their way: when each is due, in seconds of the loop's clock, and its bytes; no bytes are the end."""


@dataclass
class Proxy:
    """Between us and `upstream`; `port` is where clients connect."""

    upstream: tuple[str, int]
    delay: float = 0.0
    """Seconds every reply is under way: what was answered together arrives together, in however many pieces it came."""
    frozen: bool = False
    """Nothing passes in either direction, and no connection is closed."""
    down: bool = False
    """New connections are closed at once."""
    cut_reply_to: bytes = b""
    """The next request that contains this word reaches the server; its reply does not come back."""
    cuts: int = 0
    """How many replies were cut."""
    port: int = 0
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.down:
            writer.close()
            return
        try:
            there_reader, there_writer = await asyncio.open_connection(*self.upstream)
        except OSError:
            writer.close()
            return
        self._writers |= {writer, there_writer}
        cutting, under_way = asyncio.Event(), UnderWay()
        answering = asyncio.create_task(self._replies(there_reader, under_way, cutting))
        pumps = {
            asyncio.create_task(self._requests(reader, there_writer, cutting)),
            asyncio.create_task(self._arrivals(writer, under_way)),
        }
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for task in (answering, *pumps):
            task.cancel()
        for each in (writer, there_writer):
            each.close()
        self._writers -= {writer, there_writer}

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self._thaw()
                if self.cut_reply_to and self.cut_reply_to in data:
                    self.cut_reply_to = b""
                    cut.set()
                writer.write(data)
                await writer.drain()

    async def _replies(self, reader: asyncio.StreamReader, under_way: UnderWay, cut: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if cut.is_set():
                    self.cuts += 1
                    break
                under_way.put_nowait((loop.time() + self.delay, data))
        under_way.put_nowait((loop.time(), b""))

    async def _arrivals(self, writer: asyncio.StreamWriter, under_way: UnderWay) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while (arrival := await under_way.get())[1]:
                await self._thaw()
                due, data = arrival
                if (left := due - loop.time()) > 0:
                    await asyncio.sleep(left)
                writer.write(data)
                await writer.drain()

    async def _thaw(self) -> None:
        while self.frozen:  # noqa: ASYNC110  # a test thaws it by setting a field
            await asyncio.sleep(0.01)

    def cut_all(self) -> None:
        """Close every connection that stands."""
        for writer in tuple(self._writers):
            writer.close()


@asynccontextmanager
async def proxy_to(host: str, port: int) -> AsyncIterator[Proxy]:
    """A proxy on a free port of loopback, gone at the end."""
    proxy = Proxy((host, port))
    server = await asyncio.start_server(proxy._serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut_all()
