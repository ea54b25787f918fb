"""Work that people do by hand: said done with the value that was asked for, or skipped by the role above.

Promises: a value that does not fit is refused with the form it should have; a skip carries a role and a reason.
"""

from __future__ import annotations

from bot.approval.authorize import Situation, must_be_allowed
from bot.language import _
from bot.model import form
from bot.model.errors import Refused, UserError
from bot.model.events import Fact, ManualAnswered, PersonChose, StepSettled, StepSkipped
from bot.model.run import Run
from bot.model.runbook import Answer
from bot.model.step_run import Phase
from bot.usecases.desk import Caller, Desk
from bot.usecases.roles import may_hold

COMMANDER = "ic"


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


async def skip_manual(desk: Desk, run_id: str, caller: Caller, step: str, reason: str) -> Run:
    """Go on without it: the incident commander's word; where there is no such role, anybody's who may skip.

    Raises Refused for others, UserError without a reason.
    """
    catalog, words = desk.library().catalog, reason.strip()

    def skip_a_step(run: Run) -> list[Fact]:
        must_be_allowed(caller.person, "skip", Situation(catalog, run.plan.service))
        planned = run.plan.by_id.get(step)
        if planned is None or planned.manual is None or run.steps[step].phase is not Phase.MANUAL:
            raise Refused(_("This step is not waiting for an answer; see the run card."), reason="step-closed")
        if COMMANDER in catalog.roles and not may_hold(caller.person, COMMANDER, catalog):
            groups = ", ".join(catalog.roles[COMMANDER].groups)
            raise Refused(
                _("Skipping takes the incident commander's word: a member of {groups}.", groups=groups),
                reason="not-the-role-above",
            )
        if not words:
            raise UserError(_("Say why this step may be skipped; the reason stays on record."))
        role = f" as {COMMANDER}" if COMMANDER in catalog.roles else ""
        why = f"{caller.person.name}{role}: {words}"
        return [PersonChose(step=step, choice="skip", reason=words), StepSkipped(step=step, why=why)]

    return await desk.tell(run_id, caller, skip_a_step)


def _checked(value: str, answer: Answer | None) -> str:
    if answer is None:
        return value
    if not value:
        raise UserError(_("{label} is missing; enter the value you see.", label=answer.label))
    if answer.pattern and not form.fits(answer.pattern, value):
        raise UserError(
            _(
                "{value} does not look like {label}; expected the form {form}",
                value=repr(value),
                label=answer.label,
                form=answer.pattern,
            )
        )
    return value
