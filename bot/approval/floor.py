"""The risk floor: a write that no gate guards gets one. A runbook may ask for more people, never for fewer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.model.action import Risk
from bot.model.plan import GatePlan, PlannedStep

FLOOR: Mapping[Risk, int] = {Risk.READ: 0, Risk.REVERSIBLE: 0, Risk.DISRUPTIVE: 1, Risk.DATA_LOSS: 2}
"""Approvers besides the requester, by risk. Reversible steps rest on the requester's own start."""

VALID: Mapping[Risk, timedelta] = {
    Risk.DISRUPTIVE: timedelta(minutes=15),
    Risk.DATA_LOSS: timedelta(minutes=10),
}


def with_floor(steps: Sequence[PlannedStep], groups: tuple[str, ...]) -> tuple[PlannedStep, ...]:
    """Put a gate on each step whose approvals so far are fewer than its risk asks for.

    Approvals count when they stand on the step itself or on any step above it. A step that carries a gate of its
    own keeps it, with the count raised to the floor.
    """
    by_id = {step.id: step for step in steps}
    return tuple(_raised(step, by_id, groups) for step in steps)


def _raised(step: PlannedStep, by_id: Mapping[str, PlannedStep], groups: tuple[str, ...]) -> PlannedStep:
    wanted = FLOOR[step.risk] if step.kind == "uses" else 0
    if _people_above(step, by_id) >= wanted:
        return step
    if step.gate is not None:
        return step.model_copy(update={"gate": step.gate.model_copy(update={"count": wanted})})
    gate = GatePlan(
        kind="approve",
        groups=groups,
        count=wanted,
        text=f"{step.title} ({step.risk}). The runbook asks nobody, so the bot does.",
        expires=VALID[step.risk],
        implied=True,
    )
    return step.model_copy(update={"gate": gate})


def _people_above(step: PlannedStep, by_id: Mapping[str, PlannedStep]) -> int:
    """The most people that any one gate on the way to this step asks, whatever conditions come to be at run time."""
    seen: set[str] = set()
    ahead, most = [step.id], 0
    while ahead:
        each = by_id[ahead.pop()]
        if each.id in seen:
            continue
        seen.add(each.id)
        is_passed = each is step or each.if_ is None
        most = max(most, each.gate.count if each.gate and is_passed else 0)
        ahead.extend(each.needs)
    return most
