"""A write that nobody guards gets a gate; a runbook cannot ask for fewer people than the risk does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.approval.floor import OWNER, resource_name, tier, with_floor
from bot.model.action import Risk
from bot.model.tiers import Tier
from tests.builders import a_gate, a_step

GROUPS = ("@sre-leads",)


@pytest.mark.parametrize(
    ("risk", "count"), [(Risk.READ, 0), (Risk.REVERSIBLE, 0), (Risk.DISRUPTIVE, 1), (Risk.DATA_LOSS, 2)]
)
def test_an_unguarded_write_gets_the_gate_its_risk_asks_for(risk: Risk, count: int) -> None:
    """Default deny."""
    (step,) = with_floor([a_step("one", risk=risk)], GROUPS)

    assert (step.gate.count if step.gate else 0) == count
    assert step.gate is None or step.gate.implied


def test_a_gate_above_counts() -> None:
    """Two approvals on the way are two approvals."""
    steps = [a_step("go", kind="approve", gate=a_gate(2)), a_step("one", risk=Risk.DISRUPTIVE, needs=("go",))]

    assert with_floor(steps, GROUPS)[1].gate is None


def test_a_gate_beside_does_not_count() -> None:
    """Only what must be passed on the way guards."""
    steps = [a_step("go", kind="approve", gate=a_gate(2)), a_step("one", risk=Risk.DISRUPTIVE)]

    assert with_floor(steps, GROUPS)[1].gate is not None


def test_a_gate_that_may_be_left_out_does_not_count() -> None:
    """Its condition is known at run time only, and the step behind it runs either way."""
    gate = a_step("go", kind="approve", gate=a_gate(2), if_="${{ steps.lag.outputs.seconds > 5 }}")

    step = with_floor([gate, a_step("one", risk=Risk.DISRUPTIVE, needs=("go",))], GROUPS)[1]

    assert step.gate is not None
    assert step.gate.implied


def test_a_gate_of_a_conditional_step_guards_that_step() -> None:
    """When the step is left out, so is its change."""
    guarded = a_step("one", risk=Risk.DISRUPTIVE, gate=a_gate(2), if_="${{ steps.lag.outputs.seconds > 5 }}")

    assert with_floor([guarded], GROUPS) == (guarded,)


def test_too_few_people_are_raised_to_the_floor() -> None:
    """The author asked one person for a step that may lose data."""
    (step,) = with_floor([a_step("one", risk=Risk.DATA_LOSS, gate=a_gate(1))], GROUPS)

    assert step.gate is not None
    assert (step.gate.count, step.gate.groups) == (2, a_gate(1).groups)


def test_a_confirmation_that_the_requester_could_give_alone_becomes_an_approval() -> None:
    """R2 takes somebody besides the requester, whatever the runbook calls its gate."""
    gate = a_gate(1, kind="confirm", groups=(), roles=(("ops", ("@orders-sre",)),))

    (step,) = with_floor([a_step("one", risk=Risk.DISRUPTIVE, gate=gate)], GROUPS)

    assert step.gate is not None
    assert (step.gate.kind, step.gate.count, step.gate.roles) == ("approve", 1, gate.roles)


def test_a_confirmation_by_one_role_does_not_guard_what_comes_after_it() -> None:
    """It may be the requester's own; two roles are two people, of whom one is somebody else."""
    alone = a_gate(1, kind="confirm", groups=(), roles=(("ops", ("@orders-sre",)),))
    both = a_gate(2, kind="confirm", groups=(), roles=(("ops", ("@orders-sre",)), ("ic", GROUPS)))
    after = a_step("one", risk=Risk.DISRUPTIVE, needs=("go",))

    unguarded = with_floor([a_step("go", risk=Risk.REVERSIBLE, gate=alone), after], GROUPS)[1]
    guarded = with_floor([a_step("go", risk=Risk.REVERSIBLE, gate=both), after], GROUPS)[1]

    assert unguarded.gate is not None
    assert guarded.gate is None


def test_r3_is_asked_per_step_whatever_stands_above() -> None:
    """Two people agreed to the whole plan; the step that may lose data asks again, right before it."""
    steps = [a_step("go", kind="approve", gate=a_gate(5)), a_step("one", risk=Risk.DATA_LOSS, needs=("go",))]

    gate = with_floor(steps, GROUPS, ("@orders-sre",))[1].gate

    assert gate is not None
    assert (gate.count, gate.roles, gate.strict) == (2, ((OWNER, ("@orders-sre",)),), True)
    assert gate.typed == "one us-west-2"
    assert gate.expires == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("gate", "count", "roles"),
    [
        (a_gate(1), 2, (OWNER,)),
        (a_gate(2), 3, (OWNER,)),
        (a_gate(2, groups=("@orders-sre",)), 2, ()),
        (a_gate(2, kind="confirm", groups=(), roles=(("ops", ("@orders-sre",)), ("ic", GROUPS))), 2, ("ops", "ic")),
        (a_gate(1, kind="confirm", groups=(), roles=(("ic", GROUPS),)), 2, ("ic", OWNER)),
    ],
    ids=["one", "two", "owners already", "a role of owners", "no role of owners"],
)
def test_r3_adds_an_owner_and_takes_nobody_away(gate: Any, count: int, roles: tuple[str, ...]) -> None:
    """Whom the author asked for is still asked."""
    (step,) = with_floor([a_step("one", risk=Risk.DATA_LOSS, gate=gate)], GROUPS, ("@orders-sre",))

    assert step.gate is not None
    assert (step.gate.count, tuple(role for role, _ in step.gate.roles)) == (count, roles)
    assert step.gate.groups == gate.groups


def test_an_author_may_ask_for_less_time_never_for_more() -> None:
    """Ten minutes are the most; a phrase of the author's own stands."""
    short = a_gate(2, expires=timedelta(minutes=3), typed="orders")
    long = a_gate(2, expires=timedelta(hours=1))

    first, second = with_floor(
        [a_step("one", risk=Risk.DATA_LOSS, gate=short), a_step("two", risk=Risk.DATA_LOSS, gate=long)], GROUPS
    )

    assert first.gate is not None
    assert second.gate is not None
    assert (first.gate.expires, first.gate.typed) == (timedelta(minutes=3), "orders")
    assert second.gate.expires == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("risk", "raised", "counts_as"),
    [
        (Risk.REVERSIBLE, None, Tier.R1),
        (Risk.REVERSIBLE, Tier.R3, Tier.R3),
        (Risk.DATA_LOSS, Tier.R1, Tier.R3),
        (Risk.DISRUPTIVE, Tier.R0, Tier.R2),
    ],
)
def test_a_runbook_raises_and_never_lowers(risk: Risk, raised: Tier | None, counts_as: Tier) -> None:
    """The action's code is the floor."""
    assert tier(a_step("one", risk=risk, tier=raised)) is counts_as


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"cluster": "arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2"}, "orders-usw2"),
        ({"count": 3, "volume": "fs/orders"}, "orders"),
        ({"cluster": "${{ steps.find.outputs.cluster }}"}, "${{ steps.find.outputs.cluster }}"),
        ({"bucket": "s3://orders-usw2/exports/"}, "exports"),
        ({"group": "arn:aws:logs:us-west-2:111122223333:log-group:orders:*"}, "orders"),
        ({"path": "/", "volume": "fs-1"}, "fs-1"),
        ({"path": "/", "note": "two words"}, "one us-west-2"),
        ({"count": 3}, "one us-west-2"),
    ],
)
def test_the_name_that_is_typed_is_the_resource_s(params: dict[str, Any], name: str) -> None:
    """Short enough to type, long enough to think."""
    assert resource_name(a_step("one", params=params)) == name
