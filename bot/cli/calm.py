"""A library that says the same again and again, such as once a second while Redis is away, is heard once a minute.

Nothing of our own is left out: what we say of an outage, we say when it begins and when it is over.
"""

from __future__ import annotations

import logging

AGAIN = 60.0
"""Seconds after which the same line is told again, with the number of those that were left out."""
MOST = 1000
"""Lines remembered at once."""


class Calm(logging.Filter):
    """For a handler behind structlog, whose own events are not text."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[tuple[str, str], tuple[float, int]] = {}
        """When a line was last told, and how many like it were left out since."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not isinstance(record.msg, str):
            return True
        what = record.name, record.getMessage()
        told, left_out = self._told.get(what, (record.created - AGAIN, 0))
        if record.created - told < AGAIN:
            self._told[what] = told, left_out + 1
            return False
        if len(self._told) >= MOST:
            self._told.clear()
        self._told[what] = record.created, 0
        if left_out:
            record.msg, record.args = f"{what[1]} ({left_out} more like it since the last)", ()
        return True
