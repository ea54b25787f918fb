"""Say that a manual step is done, with the value that was asked for."""

from __future__ import annotations

import re

from bot.approval.authorize import Situation, must_be_allowed
from bot.language import _
from bot.model.errors import Refused, UserError
from bot.model.events import Fact, ManualAnswered, StepSettled
from bot.model.run import Phase, Run
from bot.model.runbook import Answer
from bot.usecases.desk import Caller, Desk


async def answer_manual(desk: Desk, run_id: str, caller: Caller, step: str, value: str) -> Run:
    """Close a manual step. Raises UserError when the value does not have the form that the runbook asks for."""
    catalog = desk.library().catalog

    def answer(run: Run) -> list[Fact]:
        planned = run.plan.by_id.get(step)
        must_be_allowed(caller.person, "answer", Situation(catalog, run.plan.service))
        if planned is None or planned.manual is None or run.steps[step].phase is not Phase.MANUAL:
            raise Refused(_("This step is not waiting for an answer; see the run card."), reason="step-closed")
        given = _checked(value.strip(), planned.manual.answer)
        results = {planned.manual.answer.field: given} if planned.manual.answer else {}
        return [
            ManualAnswered(step=step, value=given),
            StepSettled(step=step, seen=given or "done", results=dict(results), how="answered"),
        ]

    return await desk.tell(run_id, caller, answer)


def _checked(value: str, answer: Answer | None) -> str:
    if answer is None:
        return value
    if not value:
        raise UserError(_("{label} is missing; enter the value you see.", label=answer.label))
    if answer.pattern and not re.search(answer.pattern, value):
        raise UserError(
            _(
                "{value} does not look like {label}; expected the form {form}",
                value=repr(value),
                label=answer.label,
                form=answer.pattern,
            )
        )
    return value
