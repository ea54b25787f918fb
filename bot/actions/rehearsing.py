"""What rehearsals have in common: the hour at which they play, and looks at what is not there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.actions.base import Call

NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
"""When rehearsals play."""
MEASURED = NOON + timedelta(minutes=3)
"""The newest minute that metrics and backups know of."""


def absent(service: str, operation: str, code: str) -> Call:
    """A look at what is not there."""
    return Call(service, operation, {"Error": {"Code": code, "Message": "not found"}, "Status": 404})
