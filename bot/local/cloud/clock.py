"""Time inside the local cloud: what it is, and what is due.

Promises: a transition happens at its due time and sees that time, no matter how late somebody looks. Speed scales
durations, never timestamps. Frozen, the clock moves only when it is told to, so a test of a minute takes no time.
Refuses to know what the transitions do.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Effect = Callable[[datetime], None]
"""What happens when something is due; it receives the moment it was due."""


class Clock:
    """Wall time that can be advanced, frozen and sped up. All answers are aware datetimes in UTC."""

    def __init__(self, *, speed: float = 1.0, frozen: bool = False) -> None:
        self.speed = speed
        self._base = datetime.now(UTC)
        self._since = time.monotonic()
        self._frozen = frozen

    @property
    def frozen(self) -> bool:
        return self._frozen

    def now(self) -> datetime:
        if self._frozen:
            return self._base
        return self._base + timedelta(seconds=time.monotonic() - self._since)

    def advance(self, seconds: float) -> None:
        self._rebase(self.now() + timedelta(seconds=seconds))

    def freeze(self, frozen: bool) -> None:
        self._rebase(self.now())
        self._frozen = frozen

    def lasting(self, seconds: float) -> timedelta:
        """How long something takes that takes `seconds` at speed 1."""
        return timedelta(seconds=seconds / self.speed)

    def _rebase(self, now: datetime) -> None:
        self._base, self._since = now, time.monotonic()


class Agenda:
    """What is going to happen, in order of time and then of planning."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Effect]] = []
        self._order = itertools.count()

    def plan(self, due: datetime, effect: Effect) -> None:
        heapq.heappush(self._heap, (due, next(self._order), effect))

    def pop_due(self, now: datetime) -> tuple[datetime, Effect] | None:
        """The next effect whose time has come, with its due time, or None."""
        if not self._heap or self._heap[0][0] > now:
            return None
        due, _, effect = heapq.heappop(self._heap)
        return due, effect

    def __len__(self) -> int:
        return len(self._heap)
