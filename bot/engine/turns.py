"""Whose turn it is to change a resource: what one run holds while its steps are on their way.

Promises: a step that changes something holds its targets, and its service, from before its intent until it is over;
whoever has to wait is told for whom. Refuses to know where the locks live. What a crash left behind is found again
from the journal and let go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence

import structlog

from bot.language import told
from bot.model.errors import Unavailable
from bot.model.plan import Plan, PlannedStep
from bot.model.run import Run
from bot.model.step_run import Phase
from bot.ports.locks import Locks

log = structlog.get_logger()


class Turns:
    """One delivery's view of one run's locks; without `locks`, nobody else is there."""

    def __init__(self, locks: Locks | None, run: str) -> None:
        self._locks = locks
        self._run = run
        self._held: dict[str, tuple[str, ...]] = {}
        """By the step that took them."""
        self._giving: dict[str, asyncio.Task[None]] = {}
        """Resources on their way back. Whoever wants one of them again waits: a late release would free it anew."""

    def found(self, run: Run, *, died: bool) -> None:
        """What an earlier delivery may have taken and not let go of; one that died may have begun nothing with it."""
        if self._locks is not None:
            taken = (step.id for step in run.plan.steps if step.changes) if died else run.undo_of
            self._held = {step: resources(run.plan, run.plan.step(step)) for step in taken}

    async def take(self, plan: Plan, planned: PlannedStep, *, epoch: int) -> str | None:
        """All of the step's resources or none; answers whom the step has to wait for, in a sentence."""
        if self._locks is None:
            return None
        names = resources(plan, planned)
        await self.given_back(names)
        self._held[planned.id] = names  # from here on they may be ours, whether or not we hear the answer
        try:
            holder = await self._locks.take(names, self._run, epoch=epoch)
        except Unavailable as gone:
            named = ", ".join(names)
            return told("whether somebody else is changing {name} cannot be told: {why}", name=named, why=gone)
        if holder is None:
            return None
        del self._held[planned.id]
        return told("run {run} is changing {name}", run=holder.run, name=holder.resource)

    def let_go(self, run: Run, busy: Collection[str], *, epoch: int) -> None:
        """Give back what no step needs any more, beside everything else; all of it, when the run is over."""
        if self._locks is None:
            return
        over = [step for step in self._held if run.outcome or not (step in busy or _is_on_its_way(run, step))]
        if not over:
            return
        held = {step: self._held.pop(step) for step in over}
        needed = {name for names in self._held.values() for name in names}
        for step in busy if not run.outcome else ():
            needed.update(resources(run.plan, run.plan.step(step)))
        if idle := sorted({name for names in held.values() for name in names} - needed):
            self._giving |= dict.fromkeys(idle, asyncio.create_task(self._give(self._locks, idle, held, epoch)))

    async def _give(self, locks: Locks, idle: Sequence[str], held: Mapping[str, tuple[str, ...]], epoch: int) -> None:
        try:
            await locks.release(idle, self._run, epoch=epoch)
        except Unavailable as gone:  # tried again; found by the next delivery, or displaced once the run is over
            log.warning("locks-not-released", run=self._run, resources=idle, error=str(gone))
            self._held = {**held, **self._held}
        finally:
            for name in idle:
                del self._giving[name]

    async def given_back(self, names: Collection[str] | None = None) -> None:
        """Until none of `names`, or nothing at all, is on its way back."""
        on_their_way = {task for name, task in self._giving.items() if names is None or name in names}
        if on_their_way:
            await asyncio.wait(on_their_way)


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
