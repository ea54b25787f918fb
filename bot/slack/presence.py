"""Keeps the Slack door open for as long as the bot serves, whatever Slack does; runs never wait for it.

Promises: a Slack that cannot be reached, refuses the token or has no socket to us is told within ten seconds, in the
log and to everybody on the command line, and so is its return. Refuses to end the process for Slack's sake.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

import structlog

from bot.model.errors import Unavailable
from bot.ports.clock import Clock
from bot.ports.doors import Doors, DoorState

log = structlog.get_logger()

LOOK_EVERY = 2.5
"""Seconds between two looks at an open door."""
AGAIN = 3.0
"""Seconds until an attempt to open it is repeated."""


class Watched(Protocol):
    """A door that can say how it is."""

    async def ails(self) -> str:
        """What is wrong with it, in a sentence with the remedy; empty when it is well."""
        ...


class Presence:
    """`await presence.keep()` until cancelled."""

    def __init__(
        self, enter: Callable[[], AbstractAsyncContextManager[Watched]], doors: Doors, clock: Clock, owner: str
    ) -> None:
        self._enter, self._doors, self._clock, self._owner = enter, doors, clock, owner
        self._why: str | None = None
        self._since: datetime = clock.now()

    async def keep(self) -> None:
        """Open the door; look after it; open it again."""
        while True:
            try:
                async with self._enter() as door:
                    while True:
                        await self._tell(await door.ails())
                        await asyncio.sleep(LOOK_EVERY)
            except Unavailable as away:
                await self._tell(str(away))
            except Exception:  # Slack's door must never take the engine down with it
                log.exception("slack-door-broke")
                await self._tell("The bot's Slack door broke; its log says why. It is opened again.")
            await asyncio.sleep(AGAIN)

    async def _tell(self, why: str) -> None:
        now = self._clock.now()
        if why != self._why:
            self._since = now
            if why:
                log.error("slack-away", why=why, instead="dr status, dr approve and all the rest work in a terminal")
            else:
                log.info("slack-open")
            self._why = why
        try:
            await self._doors.tell(DoorState(owner=self._owner, why=why, since=self._since, at=now))
        except Unavailable as away:  # the store tells of itself
            log.debug("door-not-told", why=str(away))
