"""Who may decide, as things stand now: for the engine, which weighs every approval again right before it acts.

Promises: `call` asks whoever knows about the people whose votes stand, within seconds; what it learned holds until it
is called again. Refuses to know a vote's worth: that is judged in `approval`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.model.run import Run


class Roster(Protocol):
    """People and groups; never raises."""

    async def call(self, run: Run) -> None:
        """Learn how those stand who have voted in this run."""
        ...

    def objection(self, person: str, groups: tuple[str, ...], by_roster: bool) -> str:
        """`bot.approval.votes.Objection`."""
        ...

    def vouched_at(self, run: Run, step: str) -> datetime | None:
        """When the approvers of a step were last known to be who they are; None when that is fresh, or nobody tells."""
        ...


class Unchanging:
    """A roster that nobody ever leaves."""

    async def call(self, run: Run) -> None:
        return

    def objection(self, person: str, groups: tuple[str, ...], by_roster: bool) -> str:
        return ""

    def vouched_at(self, run: Run, step: str) -> datetime | None:
        return None
