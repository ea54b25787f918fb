"""Go on by another plan: a switchover whose primary dies goes on unplanned, and nothing approved is carried over.

Promises: the new plan is a run of its own with a hash of its own, so that every approval is asked for again; what the
old run has changed stays and is found by the new plan's look; the clock of the incident runs on from the same impact.
Refuses to begin before the old run has let go: two runs never change the same service at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from bot.language import _
from bot.model.errors import Refused, UserError
from bot.model.plan import Plan, PlannedStep
from bot.model.run import Run
from bot.model.step_run import Phase
from bot.usecases.desk import Caller, Desk
from bot.usecases.plan_run import Asked, plan_run
from bot.usecases.start_run import must_be_startable
from bot.usecases.steer_run import abort

MODE, PLANNED, UNPLANNED = "mode", "planned", "unplanned"
"""The input by which the shipped runbooks tell a switchover from a failover."""


@dataclass(frozen=True)
class Switch:
    """What the other plan would change."""

    run: Run
    plan: Plan
    added: tuple[PlannedStep, ...]
    left_out: tuple[PlannedStep, ...]
    changed: tuple[PlannedStep, ...]
    """Steps of both plans that would be done otherwise, or of which somebody else is asked."""

    @property
    def void(self) -> tuple[str, ...]:
        """Titles of the gates that were granted, or voted on, and are asked again."""
        return tuple(step.title for step in self.run.plan.steps if step.gate and self.run.steps[step.id].votes)

    @property
    def in_flight(self) -> tuple[str, ...]:
        """Titles of the steps that AWS is still carrying out; they are watched to their end first."""
        return tuple(step.title for step in self.run.plan.steps if self.run.steps[step.id].phase.is_in_flight)


async def plan_switch(desk: Desk, run_id: str, caller: Caller, inputs: Mapping[str, JsonValue]) -> Switch:
    """Plan the same service and kind with other inputs. Changes nothing.

    Without inputs, a planned run becomes an unplanned one. Raises UserError when nothing would change.
    """
    run = await desk.run(run_id)
    if run.status.is_over:
        raise Refused(_("This run is over; start a new one instead."), reason="run-over")
    old = run.plan
    asked = dict(inputs) or _unplanned(old)
    if all(old.inputs.get(name) == value for name, value in asked.items()):
        raise UserError(_("Which input changes? Type it like: {example}", example="switch orders-api mode=unplanned"))
    given = {name: value for name, value in old.inputs.items() if value is not None} | asked
    reason = _("goes on for {run}", run=run.id)
    plan = await plan_run(desk, Asked(old.service.name, old.kind, given, old.mode, reason), caller)
    return compare(run, plan)


def compare(run: Run, plan: Plan) -> Switch:
    """Step by step, by their ids."""
    old, new = run.plan.by_id, plan.by_id
    return Switch(
        run, plan,
        added=tuple(step for step in plan.steps if step.id not in old),
        left_out=tuple(step for step in run.plan.steps if step.id not in new),
        changed=tuple(step for step in plan.steps if step.id in old and _deed(step) != _deed(old[step.id])),
    )  # fmt: skip


async def let_go(desk: Desk, run_id: str, caller: Caller, successor: Plan) -> Run:
    """Ask the old run to end where it is, without taking anything back; a run that ends already is left to it.

    Raises Refused, and the old run goes on, when the other plan could not be started now.
    """
    must_be_startable(desk, successor, caller)
    run = await desk.run(run_id)
    if run.status.is_over or run.aborting is not None:
        return run
    return await abort(desk, run_id, caller, why=_("goes on by another plan as {run}", run=successor.run))


def _unplanned(plan: Plan) -> dict[str, JsonValue]:
    return {MODE: UNPLANNED} if plan.inputs.get(MODE) == PLANNED else {}


def _deed(step: PlannedStep) -> tuple[object, ...]:
    """What is done and who is asked; what was seen of the target may differ from minute to minute."""
    return step.kind, step.action, step.region, step.params, step.gate, step.manual, step.checks, step.risk


def still_open(run: Run) -> tuple[str, ...]:
    """Steps that keep an aborting run from its end."""
    return tuple(id_ for id_, state in run.steps.items() if state.phase.is_in_flight or state.phase is Phase.UNDOING)
