"""What a service's runs have left behind that may still take writes: told until somebody has proven that it does not.

Pure; refuses to know what a step that fences does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.language import _, again
from bot.model.events import StepFailed, StepSettled, StepSkipped
from bot.model.plan import Mode, PlannedStep
from bot.model.records import Record
from bot.model.run import Run, Status
from bot.model.step_run import Phase, StepRun
from bot.timeline.fences import open_fences
from bot.timeline.terms import sentence
from bot.timeline.wording import unfenced


@dataclass(frozen=True, slots=True)
class Unfenced:
    """A side that was left and may still take writes."""

    run: str
    step: str
    text: str
    since: datetime


def fence_words(step: PlannedStep, known: StepRun, name: str) -> str:
    """What a fence that does not hold leaves to people; `name` is the step's title as it is told."""
    if known.phase is Phase.SETTLED:
        return sentence(_("{step}: {seen}; stop those writes by hand", step=name, seen=again(known.seen)))
    return unfenced(name, step.region, known.why)


def still_unfenced(stories: Iterable[tuple[Run, Sequence[Record]]]) -> tuple[Unfenced, ...]:
    """Of one service's runs, oldest first. A later run that moved the service and fenced what it left closes it."""
    left: tuple[Unfenced, ...] = ()
    for run, records in stories:
        if run.plan.mode is not Mode.LIVE:
            continue
        open_ = open_fences(run.plan, records)
        if open_ or (run.status is Status.COMPLETED and run.plan.kind in ("failover", "failback")):
            left = tuple(_unfenced(run, step, records) for step in dict.fromkeys(open_))
    return left


def _unfenced(run: Run, step_id: str, records: Sequence[Record]) -> Unfenced:
    planned, known = run.plan.step(step_id), run.steps[step_id]
    ends = [
        record.at
        for record in records
        if isinstance(record.fact, StepFailed | StepSkipped | StepSettled) and record.fact.step == step_id
    ]
    return Unfenced(
        run.id, step_id, fence_words(planned, known, f"“{known.title or planned.title or step_id}”"), ends[-1]
    )
