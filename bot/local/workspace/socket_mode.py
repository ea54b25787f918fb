"""Socket Mode: the app's WebSocket connections, envelopes with ids, acks, and the disconnects Slack is known for."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import WSMsgType, web

from bot.local.workspace.delivery import ACK_SECONDS, EnvelopeKind, NotDelivered
from bot.local.workspace.kinds import Json
from bot.local.workspace.seed import APP_ID
from bot.local.workspace.state import World

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 10
GRACE_SECONDS = 10.0
PING_SECONDS = 15.0
HOST = "applink-local"
DisconnectReason = Literal["warning", "refresh_requested", "link_disabled"]


@dataclass(eq=False)
class Link:
    """One connection of the app; `leaving` ones get nothing new."""

    socket: web.WebSocketResponse
    request: web.Request
    leaving: bool = False
    envelopes: list[str] = field(default_factory=list)


class SocketLinks:
    """The app's connections. Each payload goes to one of them, in turn, and waits `ack_seconds` for its ack."""

    def __init__(self, world: World, ack_seconds: float = ACK_SECONDS) -> None:
        self.ack_seconds = ack_seconds
        self.links: list[Link] = []
        self._world = world
        self._turn = 0
        self._acks: dict[str, asyncio.Future[Json]] = {}
        self._arrived = asyncio.Event()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Accept a connection whose ticket was handed out and not used before, and listen to it until it ends."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._world.tickets:
            return web.Response(status=404, text="This ticket is unknown or used; call apps.connections.open again.")
        self._world.tickets.discard(ticket)
        socket = web.WebSocketResponse(heartbeat=PING_SECONDS)
        await socket.prepare(request)
        if len(self.links) >= MAX_CONNECTIONS:
            await socket.send_json(_disconnect("too_many_websockets"))
            await socket.close()
            return socket
        link = Link(socket, request)
        self.links.append(link)
        try:
            await socket.send_json(self._hello())
            self._arrived.set()
            await self._listen(link)
        finally:
            self.links.remove(link)
        return socket

    async def deliver(self, kind: EnvelopeKind, payload: Json, *, attempt: int = 0, reason: str = "") -> Json:
        """Send to the next connection and wait for its ack; returns the ack's payload, empty when it had none."""
        link = self._next()
        envelope_id = str(uuid.uuid4())
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": reason}
        ack: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._acks[envelope_id] = ack
        link.envelopes.append(envelope_id)
        try:
            await link.socket.send_json(envelope)
            return await asyncio.wait_for(ack, self.ack_seconds)
        except (TimeoutError, ConnectionError):
            raise NotDelivered("operation_timeout") from None
        finally:
            del self._acks[envelope_id]

    async def connected(self, seconds: float = 10.0) -> None:
        """Wait until the app has a connection that takes payloads; raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not self._open():
                self._arrived.clear()
                await self._arrived.wait()

    async def disconnect(self, reason: DisconnectReason = "refresh_requested") -> None:
        """Ask every connection to go and come back, as Slack does every few hours; a warning only warns."""
        for link in list(self.links):
            await link.socket.send_json(_disconnect(reason))
            if reason != "warning":
                link.leaving = True
                asyncio.get_running_loop().call_later(GRACE_SECONDS, _abort, link)

    def cut(self) -> None:
        """Drop every connection without a word, as a failing network does."""
        for link in list(self.links):
            link.leaving = True
            _abort(link)

    async def close(self) -> None:
        """Close every connection politely."""
        for link in list(self.links):
            await link.socket.close()

    async def _listen(self, link: Link) -> None:
        async for message in link.socket:
            if message.type != WSMsgType.TEXT:
                continue
            try:
                body = json.loads(message.data)
                ack = self._acks.get(body["envelope_id"])
            except (ValueError, KeyError, TypeError):
                log.warning("socket-message-unreadable: %.200s", message.data)
                continue
            if ack is not None and not ack.done():
                payload = body.get("payload")
                ack.set_result(payload if isinstance(payload, dict) else {})

    def _next(self) -> Link:
        if not (ready := self._open()):
            raise NotDelivered("dispatch_failed")
        self._turn += 1
        return ready[self._turn % len(ready)]

    def _open(self) -> list[Link]:
        return [link for link in self.links if not link.leaving and not link.socket.closed]

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.links),
            "debug_info": {"host": HOST, "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": APP_ID},
        }


def _disconnect(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": HOST}}


def _abort(link: Link) -> None:
    transport = link.request.transport
    if transport is not None:
        transport.abort()
