"""What a driver does while the journal takes nothing: sees its calls home, keeps their outcomes, begins nothing.

Promises: an outcome is on this host's disk before anything else is done with it, and is told to the journal once, under
the id it was kept with. Refuses to know why the journal does not answer.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from bot.model.errors import Unavailable
from bot.model.records import Draft
from bot.model.run import Run
from bot.ports.witness import Kept, Witness

log = structlog.get_logger()

ASK_AGAIN = 0.5
"""Seconds between two attempts to reach the journal."""


@dataclass
class Outage:
    """One driver's view of one silence; it may end and begin again."""

    run: str
    witness: Witness | None = None
    on: bool = False
    _failing: bool = field(init=False, default=False)

    def begins(self, why: Unavailable) -> None:
        """Said once for each silence."""
        if not self.on:
            log.warning("run-holds-still", run=self.run, why=str(why))
        self.on = True

    def ends(self) -> None:
        """The journal answers, and the run is still ours."""
        if self.on:
            log.info("run-goes-on", run=self.run)
        self.on = self._failing = False

    async def keep(self, epoch: int, drafts: Sequence[Draft]) -> None:
        """On disk when this returns; a disk that takes nothing is logged, and they stay in this process."""
        if self.witness is None or not drafts:
            return
        try:
            await self.witness.keep([Kept(run=self.run, epoch=epoch, draft=draft) for draft in drafts])
        except Unavailable as full:
            if not self._failing:
                log.error("outcome-only-in-memory", run=self.run, why=str(full))
            self._failing = True

    def forget(self, ids: Sequence[str]) -> None:
        """Kept, and then found out again for a run that came otherwise: a later delivery must not tell them."""
        if self.witness is not None and ids:
            with contextlib.suppress(Unavailable):  # a full disk says so elsewhere
                self.witness.drop(self.run, ids)

    def untold(self, run: Run, known: frozenset[str]) -> list[Draft]:
        """Outcomes of an earlier delivery that still hold: nobody else has taken the run since."""
        if self.witness is None:
            return []
        kept = [each for each in self.witness.kept(self.run) if each.draft.id not in known]
        old = [each for each in kept if each.epoch != run.epoch]
        for each in old:
            log.warning("kept-outcome-superseded", run=self.run, kind=each.draft.fact.kind, epoch=each.epoch)
        self.forget([each.draft.id for each in old])
        return [each.draft for each in kept if each.epoch == run.epoch]
