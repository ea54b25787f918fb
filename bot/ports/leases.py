"""Exclusive roles that one process holds for a while, such as posting to Slack.

A lease is a hint, not mutual exclusion: the epoch in the journal is.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol


class Leases(Protocol):
    """Named, expiring claims."""

    async def hold(self, name: str, owner: str, *, ttl: timedelta) -> bool:
        """Take or renew; False when somebody else has it."""
        ...

    async def release(self, name: str, owner: str) -> None: ...
