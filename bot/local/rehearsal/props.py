"""What a rehearsal needs beside the stage: a clock that is wound, and a dispatcher that nobody waits for."""

from __future__ import annotations

from datetime import datetime

from bot.local.rehearsal.script import NOON


class WoundClock:
    """Time that moves only when it is wound; ids count up."""

    def __init__(self, at: datetime = NOON) -> None:
        self._at, self._ids = at, 0

    def now(self) -> datetime:
        return self._at

    def monotonic(self) -> float:
        return self._at.timestamp()

    def new_id(self) -> str:
        self._ids += 1
        return f"{self._ids:08d}"

    def wind_to(self, moment: datetime) -> None:
        """Go on to that moment; never back."""
        self._at = max(self._at, moment)


class NoDispatcher:
    """The rehearsal drives its one run itself."""

    async def wake(self, run: str, *, at: datetime | None = None) -> None:
        """Nobody sleeps."""

    async def ensure(self, run: str) -> None:
        """It is driven already."""

    async def is_attended(self) -> bool:
        return True
