"""What a service's runs have left behind that may still take writes: told until somebody has proven that it does not.

Pure; refuses to know what a step that fences does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.language import _, again
from bot.model.base import Frozen
from bot.model.events import StepFailed, StepSettled, StepSkipped
from bot.model.plan import Mode, PlannedStep
from bot.model.records import Record
from bot.model.run import Run, Status
from bot.model.step_run import Phase, StepRun
from bot.model.text import Text
from bot.timeline.fences import open_fences
from bot.timeline.terms import sentence
from bot.timeline.wording import unfenced


class Unfenced(Frozen):
    """A side that was left and may still take writes."""

    run: str
    step: str
    title: str
    region: str
    why: Text
    """Why the fence did not succeed; of a proof, what it saw."""
    is_seen: bool
    """A proof saw who may write, as opposed to a fence of which nothing is known."""
    since: datetime


def sentence_of(side: Unfenced) -> str:
    """What stands and what people have to do, in the reader's language."""
    return _words(f"“{side.title}”", side.region, side.why, is_seen=side.is_seen)


def fence_words(step: PlannedStep, known: StepRun, name: str) -> str:
    """The same of a step whose fence does not hold; `name` is its title as it is told."""
    is_seen = known.phase is Phase.SETTLED
    return _words(name, step.region, known.seen if is_seen else known.why, is_seen=is_seen)


def _words(name: str, region: str, why: str, *, is_seen: bool) -> str:
    if is_seen:
        return sentence(_("{step}: {seen}; stop those writes by hand", step=name, seen=again(why)))
    return unfenced(name, region, why)


def still_unfenced(stories: Iterable[tuple[Run, Sequence[Record]]]) -> tuple[Unfenced, ...]:
    """Of one service's runs, oldest first: what the newest that moved it left open.

    A later one closes it when its own fence held, or when it went back, so that the side that was left is the primary
    again. A run that ended before its point of no return has left no side.
    """
    left: tuple[Unfenced, ...] = ()
    for run, records in stories:
        if run.plan.mode is not Mode.LIVE or not (run.status is Status.COMPLETED or run.passed_no_return):
            continue
        open_ = open_fences(run.plan, records)
        if open_ or (run.status is Status.COMPLETED and (run.plan.kind == "failback" or _has_fenced(run, records))):
            left = tuple(_unfenced(run, step, records) for step in dict.fromkeys(open_))
    return left


def _has_fenced(run: Run, records: Sequence[Record]) -> bool:
    """Whether it had fences or a proof at all; a plan without any proves nothing."""
    proven = any(isinstance(r.fact, StepSettled) and r.fact.results.get("fenced") is True for r in records)
    return proven or any(step.fences for step in run.plan.steps)


def _unfenced(run: Run, step_id: str, records: Sequence[Record]) -> Unfenced:
    planned, known = run.plan.step(step_id), run.steps[step_id]
    is_seen = known.phase is Phase.SETTLED
    ends = StepFailed | StepSkipped | StepSettled
    return Unfenced(
        run=run.id,
        step=step_id,
        title=known.title or planned.title or step_id,
        region=planned.region,
        why=known.seen if is_seen else known.why,
        is_seen=is_seen,
        since=max(record.at for record in records if isinstance(record.fact, ends) and record.fact.step == step_id),
    )
