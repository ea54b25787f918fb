"""Who is listening for which run in this process. Hints only: a missed one costs time, never truth."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager


class Wakeups:
    """Routes the journals' change hints to the drivers that sit out a wait."""

    def __init__(self) -> None:
        self._events: dict[str, asyncio.Event] = {}
        self._seqs: dict[str, int] = {}
        self.stopping = False
        """Drivers begin nothing new, see their calls home and park."""

    @contextmanager
    def of(self, run: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever `run` moves."""
        event = self._events[run] = asyncio.Event()
        try:
            yield event
        finally:
            if self._events.get(run) is event:
                del self._events[run]
                self._seqs.pop(run, None)

    def seq(self, run: str) -> int:
        """The newest sequence number heard of."""
        return self._seqs.get(run, 0)

    def heard(self, run: str, seq: int) -> None:
        event = self._events.get(run)
        if event is not None and seq > self._seqs.get(run, 0):
            self._seqs[run] = seq
            event.set()

    def stop(self) -> None:
        """Ask every driver to hand its run over."""
        self.stopping = True
        for event in self._events.values():
            event.set()

    @property
    def driving(self) -> int:
        """How many runs this process holds."""
        return len(self._events)

    async def listen(self, changes: AsyncIterator[tuple[str, int]]) -> None:
        """Pass hints on for as long as they come."""
        async for run, seq in changes:
            self.heard(run, seq)
