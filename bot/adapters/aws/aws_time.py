"""What AWS's own clock says, learnt from the Date header of every answer.

Promises: a moment that does not depend on this host's wall clock, right or wrong, and stands still for no jump of it:
between answers it is carried on by the monotonic clock. A Date has whole seconds; each answer narrows down where within
its second we are, so that the error is a few tenths of a second after a handful of answers and never above one.
Refuses to know what the time is needed for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

SLOWEST = 2.0
"""Seconds; an answer that took longer tells too little."""
DRIFT = 1e-4
"""How much two good clocks may part, in seconds per second."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """AWS's time minus our monotonic clock lies between these, in seconds, as of `at` on the latter."""

    low: float
    high: float
    at: float

    def later(self, at: float) -> Bounds:
        """The same knowledge, grown vaguer by drift."""
        slack = DRIFT * max(0.0, at - self.at)
        return Bounds(self.low - slack, self.high + slack, at)

    def narrowed(self, other: Bounds) -> Bounds:
        """What both allow; when they contradict each other (a host that slept, another clock), the newer one."""
        mine = self.later(other.at)
        low, high = max(mine.low, other.low), min(mine.high, other.high)
        return Bounds(low, high, other.at) if low <= high else other


def told(date: datetime, *, sent: float, received: float) -> Bounds:
    """What one answer says: it was written after we asked and before we read it, within the second of its Date."""
    second = date.timestamp()
    return Bounds(second - received, second + 1 - sent, received)


class AwsTime:
    """Listens to a session's answers; thread-safe."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._asking = threading.local()
        self._bounds: Bounds | None = None

    def now(self) -> datetime | None:
        """AWS's time; None before the first answer."""
        bounds = self._bounds
        if bounds is None:
            return None
        return datetime.fromtimestamp(self._monotonic() + (bounds.low + bounds.high) / 2, UTC)

    @property
    def error(self) -> timedelta | None:
        """How far `now` may be off."""
        bounds = self._bounds
        if bounds is None:
            return None
        now = bounds.later(self._monotonic())
        return timedelta(seconds=(now.high - now.low) / 2)

    def heard(self, date: datetime, *, sent: float, received: float) -> None:
        """Take one answer into account; times are of the monotonic clock."""
        if received - sent > SLOWEST:
            return
        with self._lock:
            bounds = told(date, sent=sent, received=received)
            self._bounds = self._bounds.narrowed(bounds) if self._bounds else bounds

    def before_send(self, **_: object) -> None:
        """A `before-send` handler."""
        self._asking.since = self._monotonic()

    def received(self, response_dict: Any = None, **_: object) -> None:
        """A `response-received` handler."""
        sent = getattr(self._asking, "since", None)
        date = read_date((response_dict or {}).get("headers", {}).get("date"))
        if sent is not None and date is not None:
            self.heard(date, sent=sent, received=self._monotonic())


def read_date(text: object) -> datetime | None:
    """A Date header; None when it is missing or nonsense."""
    try:
        return parsedate_to_datetime(str(text)).astimezone(UTC) if text else None
    except ValueError:
        return None
