"""How the workspace reaches the app: one promise for Socket Mode and HTTP, and events with their retries."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Literal, Protocol

from bot.local.workspace.kinds import Json
from bot.local.workspace.payloads import event_callback
from bot.local.workspace.state import World

log = logging.getLogger(__name__)

EnvelopeKind = Literal["slash_commands", "interactive", "events_api"]
ACK_SECONDS = 3.0
EVENT_RETRIES = (0.0, 60.0, 300.0)


class NotDelivered(Exception):
    """The app did not take it: `dispatch_failed` when nobody is there, `operation_timeout` when it did not ack."""

    def __init__(self, code: Literal["dispatch_failed", "operation_timeout"]) -> None:
        super().__init__(code)
        self.code = code


class Delivery(Protocol):
    """Hands a payload to the app and returns what it acknowledged with; raises NotDelivered."""

    async def deliver(self, kind: EnvelopeKind, payload: Json, *, attempt: int = 0, reason: str = "") -> Json: ...


class Events:
    """Sends the app the events it subscribed to, and again (at once, after 1 and 5 minutes) when it does not ack."""

    def __init__(self, world: World, delivery: Delivery, retries: Sequence[float] = EVENT_RETRIES) -> None:
        self._world = world
        self._delivery = delivery
        self._retries = tuple(retries)
        self._tasks: set[asyncio.Task[None]] = set()
        settings = world.seed.manifest.get("settings", {})
        self._subscribed = frozenset(settings.get("event_subscriptions", {}).get("bot_events", []))

    def emit(self, event: Json) -> None:
        """Send an event without waiting for it, if the app subscribed to its kind."""
        if self._name(event) not in self._subscribed:
            return
        task = asyncio.get_running_loop().create_task(self._send(event_callback(self._world, event)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up on whatever is still on its way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _send(self, payload: Json) -> None:
        reason = ""
        for attempt, pause in enumerate((0.0, *self._retries)):
            if pause:
                await asyncio.sleep(pause)
            try:
                await self._delivery.deliver("events_api", payload, attempt=attempt, reason=reason)
            except NotDelivered as failure:
                reason = "timeout" if failure.code == "operation_timeout" else "connection_failed"
            else:
                return
        log.warning(
            "event-undelivered: %s was not acknowledged after %d attempts", payload["event"]["type"], attempt + 1
        )

    @staticmethod
    def _name(event: Json) -> str:
        if event["type"] != "message":
            return str(event["type"])
        kind = event["channel_type"]
        return f"message.{kind if kind == 'im' else kind + 's'}"
