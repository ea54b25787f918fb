"""Two runs never change the same resource at once.

A lock is held by a run under an epoch. It has no expiry, since a change may take hours: it ends with its step, with its
run, or is taken over from a run that is over. Whoever writes under an older epoch of the same run is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from bot.model.events import RunFinished
from bot.ports.journal import Journals


class Holder(NamedTuple):
    """Who stands in the way, and of which resource."""

    resource: str
    run: str


class Locks(Protocol):
    """One holder for each resource."""

    async def take(self, resources: Sequence[str], run: str, *, epoch: int) -> Holder | None:
        """Hold all of them or none; again is harmless. Answers another, living run that holds one; None on success.

        Raises Fenced when a newer epoch of the same run holds one.
        """
        ...

    async def release(self, resources: Sequence[str], run: str, *, epoch: int) -> None:
        """Let go; what another run, or a newer epoch of this one, holds stays as it is."""
        ...


async def is_gone(journals: Journals, run: str) -> bool:
    """Whether a holder holds nothing any more: its run is over, or has no journal at all."""
    records = await journals.read(run)
    return not records or any(isinstance(record.fact, RunFinished) for record in records)
