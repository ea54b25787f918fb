"""The floor under every gate: what a step's tier asks for. A runbook may ask for more people, never for fewer.

R2 is guarded by any gate on the way that asks one person besides the requester. R3 is asked per step, right before
it: two people besides the requester, one of the service's owners among them, each typing the resource's name, for ten
minutes. Refuses to know people: groups are names here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.model.plan import GatePlan, NextLevel, PlannedStep
from bot.model.tiers import TIERS, Tier

OWNER = "owner"
"""The place among R3's approvers that only an owner of the service may fill."""


def tier(step: PlannedStep) -> Tier:
    """What a planned step counts as: its action's floor, or what the runbook raised it to."""
    if step.kind != "uses":
        return Tier.R0
    return max(TIERS[step.risk], step.tier or Tier.R0, key=lambda each: each.rank)


def with_floor(
    steps: Sequence[PlannedStep], groups: tuple[str, ...], owners: tuple[str, ...] = ()
) -> tuple[PlannedStep, ...]:
    """Put a gate on each step whose approvals so far are fewer than its tier asks for, and raise those that are not.

    For R2, approvals count when they stand on the step itself or on any step above it; for R3 only on the step.
    """
    by_id = {step.id: step for step in steps}
    return tuple(_raised(step, by_id, groups, owners) for step in steps)


def _raised(
    step: PlannedStep, by_id: Mapping[str, PlannedStep], groups: tuple[str, ...], owners: tuple[str, ...]
) -> PlannedStep:
    wanted = tier(step)
    if wanted is Tier.R3:
        gate = step.gate or _implied(step, wanted, groups)
        return step.model_copy(update={"gate": _strict(gate, step, owners)})
    if _people_above(step, by_id) >= wanted.approvers:
        return step
    if step.gate is not None:  # a confirmation that its requester could give alone becomes an approval
        raised = {"kind": "approve", "count": max(step.gate.count, wanted.approvers)}
        return step.model_copy(update={"gate": step.gate.model_copy(update=raised)})
    return step.model_copy(update={"gate": _implied(step, wanted, groups)})


def _implied(step: PlannedStep, wanted: Tier, groups: tuple[str, ...]) -> GatePlan:
    return GatePlan(
        kind="approve",
        groups=groups,
        count=wanted.approvers,
        expires=wanted.lasts,
        implied=True,
    )


def _strict(gate: GatePlan, step: PlannedStep, owners: tuple[str, ...]) -> GatePlan:
    """R3's gate: never fewer than two, an owner among them, the name typed, ten minutes, never the requester."""
    roles, count = gate.roles, gate.count
    has_owner = any(set(groups) <= set(owners) for groups in (*(groups for _, groups in roles), gate.groups) if groups)
    if owners and not has_owner:
        roles = (*roles, (OWNER, owners))
        count += 0 if gate.implied else 1  # whom the author asked for is still asked
    count = max(count, len(roles), Tier.R3.approvers)
    return gate.model_copy(
        update={
            "roles": roles,
            "count": count,
            "typed": gate.typed or resource_name(step),
            "expires": min(gate.expires, Tier.R3.lasts),
            "strict": True,
            "escalation": tuple(_within(gate, level, owners) for level in gate.escalation),
        }
    )


def _within(gate: GatePlan, level: NextLevel, owners: tuple[str, ...]) -> NextLevel:
    """The level as R3 allows it: where owners alone decide, nobody else comes to decide; they are told instead."""
    if gate.is_for(owners, level.place) and not set(level.groups) <= set(owners):
        return NextLevel(hears=(*level.groups, *level.hears))
    return level


def resource_name(step: PlannedStep) -> str:
    """What an approver types: the last part of the name of what is changed, else the step's own id and region."""
    said = (value for value in step.params.values() if isinstance(value, str) and value)
    named = [name for value in said if (name := _last_part(value))]
    return named[0] if named else f"{step.id} {step.region}".strip()


def _last_part(value: str) -> str:
    """`orders` of `arn:…:log-group:orders:*` and of `s3://exports/orders/`; empty for words, which are no name."""
    if "${{" in value:
        return value
    return "" if " " in value else value.rstrip("/:*").rpartition("/")[2].rpartition(":")[2]


def _people_above(step: PlannedStep, by_id: Mapping[str, PlannedStep]) -> int:
    """The most people besides the requester that any one gate on the way asks, whatever conditions come to be."""
    seen: set[str] = set()
    ahead, most = [step.id], 0
    while ahead:
        each = by_id[ahead.pop()]
        if each.id in seen:
            continue
        seen.add(each.id)
        is_passed = each is step or each.if_ is None
        most = max(most, _besides_requester(each.gate) if each.gate and is_passed else 0)
        ahead.extend(each.needs)
    return most


def _besides_requester(gate: GatePlan) -> int:
    """How many of its places the requester cannot fill: one place of a confirmation may be theirs."""
    return gate.count if gate.kind == "approve" or gate.strict else gate.count - 1
