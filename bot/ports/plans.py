"""Plans that somebody looks at and may start, until they expire: whichever replica gets the click finds the plan."""

from __future__ import annotations

from typing import Protocol

from bot.model.plan import Plan


class ShownPlans(Protocol):
    """By the id of the run that a plan would become."""

    async def put(self, plan: Plan) -> None:
        """Keep it until it expires."""
        ...

    async def get(self, run: str) -> Plan | None:
        """The plan that was shown under this id; None when nobody showed one, or too long ago."""
        ...
