"""A write that nobody guards gets a gate; a runbook cannot ask for fewer people than the risk does."""

from __future__ import annotations

import pytest

from bot.approval.floor import with_floor
from bot.model.action import Risk
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
    steps = [a_step("go", kind="approve", gate=a_gate(2)), a_step("one", risk=Risk.DATA_LOSS, needs=("go",))]

    assert with_floor(steps, GROUPS)[1].gate is None


def test_a_gate_beside_does_not_count() -> None:
    """Only what must be passed on the way guards."""
    steps = [a_step("go", kind="approve", gate=a_gate(2)), a_step("one", risk=Risk.DISRUPTIVE)]

    assert with_floor(steps, GROUPS)[1].gate is not None


def test_a_gate_that_may_be_left_out_does_not_count() -> None:
    """Its condition is known at run time only, and the step behind it runs either way."""
    gate = a_step("go", kind="approve", gate=a_gate(2), if_="${{ steps.lag.outputs.seconds > 5 }}")

    step = with_floor([gate, a_step("one", risk=Risk.DATA_LOSS, needs=("go",))], GROUPS)[1]

    assert step.gate is not None
    assert step.gate.implied


def test_a_gate_of_a_conditional_step_guards_that_step() -> None:
    """When the step is left out, so is its change."""
    guarded = a_step("one", risk=Risk.DATA_LOSS, gate=a_gate(2), if_="${{ steps.lag.outputs.seconds > 5 }}")

    assert with_floor([guarded], GROUPS) == (guarded,)


def test_too_few_people_are_raised_to_the_floor() -> None:
    """The author asked one person for a step that may lose data."""
    (step,) = with_floor([a_step("one", risk=Risk.DATA_LOSS, gate=a_gate(1))], GROUPS)

    assert step.gate is not None
    assert (step.gate.count, step.gate.groups) == (2, a_gate(1).groups)
