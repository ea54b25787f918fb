"""Keeps drives alive when Redis drops out from under docket's worker.

docket's worker ends its loop at the first lost connection and waits for every task before it reconnects. A drive may
take minutes, and other runs would wait for it. So a delivery steps aside while Redis is away, its drive goes on, and
the next delivery of the run joins it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog

from bot.model.errors import Unavailable

log = structlog.get_logger()

LOOK_AGAIN = timedelta(seconds=1)
Drive = Callable[[str], Awaitable[datetime | None]]
Rebook = Callable[[str, datetime], Awaitable[None]]


class Deliveries:
    """The drives of this process, at most one for each run."""

    def __init__(self, drive: Drive, away: asyncio.Event, rebook: Rebook) -> None:
        self._drive, self._away, self._rebook = drive, away, rebook
        self._drives: dict[str, asyncio.Task[datetime | None]] = {}
        self._left: set[asyncio.Task[None]] = set()

    async def deliver(self, run: str) -> datetime | None:
        """When the run wants to be delivered again, or None; soon, when Redis goes away meanwhile."""
        drive = self._drives.get(run)
        if drive is None:
            drive = self._drives[run] = asyncio.ensure_future(self._driven(run))
            drive.add_done_callback(lambda _: self._drives.pop(run, None))
        leaving = asyncio.create_task(self._away.wait())
        try:
            await asyncio.wait({drive, leaving}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            drive.cancel()
            raise
        finally:
            leaving.cancel()
        if drive.done():
            return drive.result()
        follower = asyncio.create_task(self._follow(run, drive))
        self._left.add(follower)
        follower.add_done_callback(self._left.discard)
        return datetime.now(UTC) + LOOK_AGAIN

    async def _driven(self, run: str) -> datetime | None:
        return await self._drive(run)

    async def _follow(self, run: str, drive: asyncio.Task[datetime | None]) -> None:
        """Nobody waits for this drive any more: its appointment is made here."""
        await asyncio.wait({drive})
        if drive.cancelled() or drive.exception() is not None:
            return
        due = drive.result()
        if due is None:
            return
        try:
            await self._rebook(run, due)
        except Unavailable as gone:  # the sweeper delivers it again
            log.warning("appointment-not-made", run=run, why=str(gone))

    def cancel(self) -> None:
        """The worker ends, and every drive with it."""
        for task in (*self._drives.values(), *self._left):
            task.cancel()
