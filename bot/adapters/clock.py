"""The clock of records: AWS's where it has been heard, else this machine's; and the machine's randomness."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: sorts as numbers do, and no letter looks like another."""


class SystemClock:
    """Implements `Clock`. `better` answers a truer time than this machine's, or None while it knows none."""

    def __init__(self, better: Callable[[], datetime | None] = lambda: None) -> None:
        self._better = better

    def now(self) -> datetime:
        return self._better() or datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def new_id(self) -> str:
        """Nine letters of milliseconds, six random ones: sorts by time, unique across replicas."""
        return _base32(time.time_ns() // 1_000_000, 9) + _base32(secrets.randbits(30), 6)


def _base32(number: int, length: int) -> str:
    letters = []
    for _ in range(length):
        number, rest = divmod(number, 32)
        letters.append(_ALPHABET[rest])
    return "".join(reversed(letters))
