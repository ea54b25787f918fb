"""What a gate asks, as people see it when it opens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.engine.gates import ask
from bot.model.events import StepSettled
from bot.model.plan import GatePlan
from bot.model.run import Run
from tests.builders import NOW, a_plan, a_read, a_step, records_of


@pytest.mark.parametrize(
    ("written", "found", "asked"),
    [
        ("orders-usw2", "", "orders-usw2"),
        ("orders-usw2\n", "", "orders-usw2"),
        ("  ${{ steps.find.outputs.cluster }} ", "orders-usw2", "orders-usw2"),
        ("${{ steps.find.outputs.cluster }}", "", "promote us-west-2"),
        ("${{ steps.find.outputs.cluster }}", " ", "promote us-west-2"),
        (None, "orders-usw2", None),
    ],
    ids=["plain", "block of YAML", "a result", "an empty result", "a blank result", "none"],
)
def test_a_phrase_can_be_typed_and_is_never_empty(written: str | None, found: str, asked: str | None) -> None:
    """What people type is stripped, so the phrase is too; a name that was not found does not open the gate unasked."""
    gate = GatePlan(kind="approve", groups=("@sre-leads",), count=1, typed=written, expires=timedelta(minutes=10))
    promote = a_step("promote", needs=("find",), gate=gate)
    settled = StepSettled(step="find", seen="found", results={"cluster": found})
    run = Run.of(records_of(settled, plan=a_plan(a_read("find"), promote)))

    assert ask(run, promote, round_=1, now=NOW).typed == asked
