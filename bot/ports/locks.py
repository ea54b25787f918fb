"""Two runs never change the same resource at once.

A lock is held by a run under an epoch. It has no expiry, since a change may take hours: it ends with its step, with its
run, or is taken over from a run that is over. Whoever writes under an older epoch of the same run is refused.
"""

from __future__ import annotations

from typing import Protocol

from bot.model.events import RunFinished
from bot.ports.journal import Journals


class Locks(Protocol):
    """One holder for each resource."""

    async def take(self, resource: str, run: str, *, epoch: int) -> str | None:
        """Hold `resource`; again is harmless. Answers the other, living run that holds it, or None on success.

        Raises Fenced when a newer epoch of the same run holds it.
        """
        ...

    async def release(self, resource: str, run: str, *, epoch: int) -> None:
        """Let go; nothing happens when another run, or a newer epoch of this one, holds it."""
        ...


async def is_gone(journals: Journals, run: str) -> bool:
    """Whether a holder holds nothing any more: its run is over, or has no journal at all."""
    records = await journals.read(run)
    return not records or any(isinstance(record.fact, RunFinished) for record in records)
