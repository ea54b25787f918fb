"""Templates rendered with what a run knows by now."""

from __future__ import annotations

from pydantic import JsonValue

from bot.model.errors import UserError
from bot.model.plan import PlannedStep
from bot.model.run import Run
from bot.runbook.expressions import render
from bot.runbook.scope import base_scope
from bot.runbook.templates import is_template


def scope_of(run: Run, planned: PlannedStep) -> dict[str, JsonValue]:
    """Everything `planned` may read: the plan's values and the results of finished steps."""
    plan = run.plan
    inputs = planned.inputs if planned.inputs is not None else plan.inputs
    scope = base_scope(plan.service, inputs, run=plan.run, mode=plan.mode, requester=plan.requester.name)
    scope["steps"] = {
        step_id.removeprefix(planned.prefix): {
            "outputs": dict(state.results),
            "state": str(state.phase),
            "answer": state.answer,
        }
        for step_id, state in run.steps.items()
        if step_id.startswith(planned.prefix) and state.phase.lets_others_pass
    }
    return scope


def rendered(run: Run, planned: PlannedStep, text: str) -> str:
    """`text` with every expression replaced; a value that nobody measured reads UNKNOWN."""
    if "${{" not in text:
        return text
    try:
        return str(render(text, scope_of(run, planned)))
    except UserError:
        return "UNKNOWN"


def rendered_bool(run: Run, planned: PlannedStep, text: str) -> bool:
    """A condition's value. Raises UserError when it reads something that is not known."""
    return render(text, scope_of(run, planned)) is True


def rendered_params(run: Run, planned: PlannedStep, params: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Parameters as they are sent. Raises UserError that names the path which is not known."""
    if not is_template(params):
        return params
    value = render(params, scope_of(run, planned))
    if not isinstance(value, dict):
        raise UserError(f"{planned.id}: its parameters are not a mapping")
    return value
