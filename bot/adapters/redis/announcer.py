"""Tells other processes which runs have moved, at most every 50 ms and all in one message: cards need no more."""

from __future__ import annotations

import asyncio

import structlog
from redis.exceptions import RedisError

from bot.adapters.redis import keys
from bot.adapters.redis.pipe import Line

log = structlog.get_logger()
EVERY = 0.05
"""Seconds. Signals of people are published by the append itself, at once."""


class Announcer:
    """Coalesces a worker's appends into hints."""

    def __init__(self, pipe: Line) -> None:
        self._pipe = pipe
        self._seqs: dict[str, int] = {}
        self._telling: asyncio.Task[None] | None = None

    def moved(self, run: str, seq: int) -> None:
        """Remember to tell; the telling is on its way within 50 ms."""
        self._seqs[run] = seq
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        while self._seqs:
            await asyncio.sleep(EVERY)
            seqs, self._seqs = self._seqs, {}
            try:
                await self._pipe("PUBLISH", keys.CHANGES, "\n".join(f"{run}:{seq}" for run, seq in seqs.items()))
            except (RedisError, OSError) as gone:
                log.warning("change-hint-not-sent", error=str(gone))
