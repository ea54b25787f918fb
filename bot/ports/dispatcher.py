"""Delivery of runs to workers: at least once, to one live worker at a time as far as delivery can tell."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Dispatcher(Protocol):
    """Wakes runs."""

    async def wake(self, run: str, *, at: datetime | None = None) -> None:
        """Deliver `run` to some worker now, or at a later time. Replaces an earlier appointment."""
        ...

    async def ensure(self, run: str) -> None:
        """Deliver `run` now unless it is already scheduled or being driven."""
        ...

    async def is_attended(self) -> bool:
        """Whether some worker, of any process, has shown a sign of life lately. Raises Unavailable."""
        ...
