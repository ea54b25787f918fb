"""Whose turn it is to change a resource: what one run holds while its steps are on their way.

Promises: a step that changes something holds its targets, and its service, from before its intent until it is over;
whoever has to wait is told for whom. Refuses to know where the locks live. What a crash left behind is found again
from the journal and let go.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import structlog

from bot.language import told
from bot.model.errors import Unavailable
from bot.model.plan import Plan, PlannedStep
from bot.model.run import Phase, Run
from bot.ports.locks import Locks

log = structlog.get_logger()


class Turns:
    """One delivery's view of one run's locks; without `locks`, nobody else is there."""

    def __init__(self, locks: Locks | None, run: str) -> None:
        self._locks = locks
        self._run = run
        self._held: set[str] = set()

    def found(self, run: Run) -> None:
        """What an earlier delivery may have taken and not let go of."""
        if self._locks is not None:
            self._held = {name for step in run.undo_of for name in resources(run.plan, run.plan.step(step))}

    async def take(self, plan: Plan, planned: PlannedStep, *, epoch: int) -> str | None:
        """All of the step's resources or none; answers whom the step has to wait for, in a sentence."""
        if self._locks is None:
            return None
        new: list[str] = []
        for name in resources(plan, planned):
            holder = await self._holder(name, epoch)
            if holder is not None:
                await self._release(new, epoch)
                return holder
            if name not in self._held:
                new.append(name)
                self._held.add(name)
        return None

    async def let_go(self, run: Run, busy: Collection[str], *, epoch: int) -> None:
        """Release what no step needs any more; everything, when the run is over."""
        if self._locks is None or not self._held:
            return
        needed: set[str] = set()
        for step_id in {*busy, *run.undo_of} if not run.outcome else ():
            if step_id in busy or _is_on_its_way(run, step_id):
                needed.update(resources(run.plan, run.plan.step(step_id)))
        await self._release(sorted(self._held - needed), epoch)

    async def _holder(self, name: str, epoch: int) -> str | None:
        assert self._locks is not None  # callers looked
        try:
            holder = await self._locks.take(name, self._run, epoch=epoch)
        except Unavailable as gone:
            return told("whether somebody else is changing {name} cannot be told: {why}", name=name, why=gone)
        return None if holder is None else told("run {run} is changing {name}", run=holder, name=name)

    async def _release(self, names: Sequence[str], epoch: int) -> None:
        assert self._locks is not None  # callers looked
        for name in names:
            try:
                await self._locks.release(name, self._run, epoch=epoch)
            except Unavailable as gone:  # found again by the next delivery, or displaced once the run is over
                log.warning("lock-not-released", run=self._run, resource=name, error=str(gone))
                continue
            self._held.discard(name)


def resources(plan: Plan, planned: PlannedStep) -> tuple[str, ...]:
    """Names of what the step changes, in the one order in which they are taken: its targets and its service.

    ARNs stand for themselves; a plain name is told apart by account, region and service of AWS.
    """
    if not planned.changes:
        return ()
    targets = planned.look.targets if planned.look is not None else ()
    place = f"{plan.service.account or 'own'}/{planned.region}/{(planned.action or '').partition('.')[0]}"
    named = {target if target.startswith("arn:") else f"{place}/{target}" for target in targets}
    return tuple(sorted({*named, f"service/{plan.service.name}"}))


def _is_on_its_way(run: Run, step_id: str) -> bool:
    """AWS may be changing it, or a person is asked because nobody knows."""
    state = run.steps[step_id]
    return state.phase.is_in_flight or (state.phase is Phase.ASKING and state.attempt > 0)
