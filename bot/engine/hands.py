"""The work of one delivery: every move in a task of its own, whatever comes of it posted to whoever writes.

Promises: one task for a step at a time; a step that has to wait for a resource says for whom; a bug of ours, or a hold
that ran out, becomes a fact and never a silence. Refuses to write: facts are posted, and an intent waits until it is
written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from bot.engine.machine import Begin, Move, Observe, Undo, Write
from bot.engine.outcomes import LOOK_AGAIN
from bot.engine.steps import Fence, Steps
from bot.engine.turns import Turns
from bot.language import told
from bot.model.errors import BotError, Fenced
from bot.model.events import Fact, StepFailed, StepHeld, StepNeedsPerson, StepObserved, UndoFailed
from bot.model.plan import Mode, Plan
from bot.model.records import Draft
from bot.model.run import Run
from bot.ports.clock import Clock

log = structlog.get_logger()


class Withdrawn(BotError):
    """The run no longer wants what was about to begin."""


@dataclass
class Post:
    """Something a step's work wants in the journal."""

    step: str
    facts: Sequence[Fact]
    intent: bool = False
    written: asyncio.Future[None] | None = None
    sent: Sequence[Draft] = ()
    """The same facts in the append that was tried last."""
    drafts: Sequence[Draft] = ()
    """The same facts once they are kept on this host: their ids never change again."""


@dataclass
class Hands:
    """What one delivery of one run is doing now."""

    steps: Steps
    turns: Turns
    clock: Clock
    epoch: int
    post: Callable[[Post], None]
    fence: Fence

    def __post_init__(self) -> None:
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def launch(self, work: Sequence[Move], run: Run) -> Sequence[str]:
        """Begin whatever is not under way yet; answers the steps that now are."""
        begun = []
        for move in work:
            if not isinstance(move, Write) and move.step.id not in self.tasks:
                self.tasks[move.step.id] = asyncio.create_task(self._carry_out(move, run))
                begun.append(move.step.id)
        return begun

    def recall(self, steps: Sequence[str]) -> None:
        """Forget work that was begun for a run that came otherwise. No intent of it is written, so nothing was sent."""
        for step in steps:
            if task := self.tasks.pop(step, None):
                task.cancel()

    def cancel(self) -> None:
        """The delivery is over; what AWS was sent is found in doubt by the next one."""
        for task in self.tasks.values():
            task.cancel()

    async def _carry_out(self, move: Begin | Observe | Undo, run: Run) -> None:
        step = move.step.id

        async def intend(fact: Fact) -> None:
            written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.post(Post(step, [fact], intent=True, written=written))
            await written

        facts: Sequence[Fact] = ()
        try:
            match move:
                case Begin(planned) | Undo(planned) if held := await self._held_back(move, run.plan):
                    facts = [held]
                case Begin(planned, attempt):
                    facts = await self.steps.begin(run, planned, attempt, intend, self.fence)
                case Observe(planned, in_doubt):
                    facts = await self.steps.observe(run, planned, in_doubt=in_doubt)
                case Undo(planned, in_doubt):
                    facts = await self.steps.undo(run, planned, intend, self.fence, in_doubt=in_doubt)
        except Withdrawn:
            log.info("intent-withdrawn", run=run.id, step=step)
        except Fenced as stale:
            log.warning("self-fenced", run=run.id, step=step)
            facts = [self._not_sent(move, str(stale))]
        except Exception:  # a bug of ours must not leave the step hanging in silence
            log.exception("step-crashed", run=run.id, step=step)
            facts = [_crashed(move)]
        del self.tasks[step]  # what follows from the facts may begin while they are being written
        self.post(Post(step, facts))

    async def _held_back(self, move: Begin | Undo, plan: Plan) -> Fact | None:
        """What is said instead of beginning while another run changes the same resource."""
        if plan.mode is Mode.DRY_RUN:
            return None
        why = await self.turns.take(plan, move.step, epoch=self.epoch)
        if why is None:
            return None
        look_at = self.clock.now() + LOOK_AGAIN
        if isinstance(move, Begin):
            return StepHeld(step=move.step.id, why=why, look_at=look_at)
        return StepObserved(step=move.step.id, seen=told("not undone yet: {why}", why=why), look_at=look_at)

    def _not_sent(self, move: Begin | Observe | Undo, why: str) -> Fact:
        """The intent is written but the call was never made; we know, since we refused to make it."""
        now = self.clock.now()
        if isinstance(move, Begin):
            return StepFailed(
                step=move.step.id, attempt=move.attempt, why=told("not sent: {why}", why=why), retry_at=now
            )
        return StepObserved(step=move.step.id, seen=told("not sent: {why}", why=why), look_at=now)


def _crashed(move: Begin | Observe | Undo) -> Fact:
    """A way back asks nobody: the run is ending, and what could not be undone stays on its list."""
    if isinstance(move, Undo):
        why = told("the bot itself failed here; its log has the details. Look at the target and take it back by hand.")
        return UndoFailed(step=move.step.id, why=why)
    why = told("the bot itself failed here; its log has the details. Look at the target before you retry.")
    return StepNeedsPerson(step=move.step.id, why=why, choices=("retry", "skip", "abort"))
