"""The clock of records: AWS's where it has been heard, else this machine's; and the machine's randomness."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: sorts as numbers do, and no letter looks like another."""
_TRIPLES = [a + b + c for a in _ALPHABET for b in _ALPHABET for c in _ALPHABET]
"""Fifteen bits at a time: every event has an id."""

SETTLING = timedelta(seconds=2)
"""While AWS's time is being narrowed down, records wait rather than run backwards; a greater step is a correction."""


class SystemClock:
    """Implements `Clock`. `better` answers a truer time than this machine's, or None while it knows none."""

    def __init__(self, better: Callable[[], datetime | None] = lambda: None) -> None:
        self._better = better
        self._last = datetime.min.replace(tzinfo=UTC)
        self._random = random.Random()  # noqa: S311  # names of events, no secrets; seeded by the kernel once, not each

    def now(self) -> datetime:
        now = self._better() or datetime.now(UTC)
        if timedelta(0) < self._last - now < SETTLING:
            return self._last
        self._last = now
        return now

    def monotonic(self) -> float:
        return time.monotonic()

    def new_id(self) -> str:
        """Nine letters of milliseconds, six random ones: sorts by time, unique across replicas."""
        now, chance = time.time_ns() // 1_000_000, self._random.getrandbits(30)
        # written out, since every event has one: a loop takes three times as long
        return (
            _TRIPLES[now >> 30 & 0x7FFF] + _TRIPLES[now >> 15 & 0x7FFF] + _TRIPLES[now & 0x7FFF]
            + _TRIPLES[chance >> 15] + _TRIPLES[chance & 0x7FFF]
        )  # fmt: skip
