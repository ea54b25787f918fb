"""A span of time in words that can be kept and said again in another language.

Promises: units that everybody reads, as short as `format_duration` makes it: the two largest, whole seconds.
"""

from __future__ import annotations

import re
from datetime import timedelta

from bot.language import later, together, told
from bot.model.base import format_duration

_PARTS = re.compile(r"(-?)([\d.]+)([a-z]+)")
UNITS = {
    "d": later("{count}d"),
    "h": later("{count}h"),
    "m": later("{count}m"),
    "s": later("{count}s"),
    "ms": later("{count}ms"),
}


def span_told(span: timedelta) -> str:
    """`26m 29s`; a negative span has a minus before its first word."""
    return together(span_words(span), " ")


def span_words(span: timedelta) -> list[str]:
    """`["26m", "29s"]`."""
    parts = _PARTS.findall(format_duration(span))
    return [told(UNITS[unit], count=f"{sign}{count}") for sign, count, unit in parts]
