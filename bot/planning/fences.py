"""Which steps of a plan keep the side that is left from taking writes.

Promises: judged by what actions declare and by the author's own mark, never by what a step is called. A step on which
no later change rests tidies up; it is no fence. Refuses to know whether a fence held: that is the run's to tell.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.model.action import ActionSpec
from bot.model.plan import PlannedStep
from bot.model.runbook import FENCE_MARK
from bot.model.service import RunKind, Service
from bot.runbook.graph import ancestors


def with_fences(
    steps: tuple[PlannedStep, ...], service: Service, kind: RunKind, specs: Mapping[str, ActionSpec]
) -> tuple[PlannedStep, ...]:
    """The same steps, the fences among them called so. A drill leaves no side, so it has none."""
    left = {
        "failover": service.primary_region, "restore": service.primary_region, "failback": service.recovery_region,
    }.get(kind)  # fmt: skip
    if left is None:
        return steps
    above = ancestors({step.id: step for step in steps})
    rested_on = {need for step in steps if step.changes for need in above[step.id]}
    return tuple(
        step.model_copy(update={"fences": True})
        if FENCE_MARK in step.marks or (step.id in rested_on and _stops_writers(step, left, specs))
        else step
        for step in steps
    )


def _stops_writers(step: PlannedStep, left: str, specs: Mapping[str, ActionSpec]) -> bool:
    return step.action is not None and step.region == left and specs[step.action].fences_with(step.params)
