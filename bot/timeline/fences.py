"""Whether the side that was left was kept from taking writes, as a journal tells.

Refuses to know how much was written there.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.model.events import StepFailed, StepSettled, StepSkipped
from bot.model.plan import Plan
from bot.model.records import Record


def open_fences(plan: Plan, records: Sequence[Record]) -> tuple[str, ...]:
    """The steps that tell that it may still write: fences that did not hold, and proofs that came out as UNFENCED.

    Empty where every fence held, where a later proof saw it FENCED, and where the plan has none.
    """
    wanted = {step.id for step in plan.steps if step.fences}
    open_: list[str] = []
    for record in records:
        match record.fact:
            case StepFailed(step=step, retry_at=None) | StepSkipped(step=step) if step in wanted:
                open_.append(step)
            case StepSettled(step=step, results={"fenced": False}):
                open_.append(step)
            case StepSettled(results={"fenced": True}):
                open_ = []
            case StepSettled(step=step) if step in wanted:
                open_ = [each for each in open_ if each != step]
    return tuple(open_)
