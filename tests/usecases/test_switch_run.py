"""What another plan would change: found step by step, and never hidden by what was merely seen."""

from __future__ import annotations

from datetime import timedelta

from bot.model.action import Look
from bot.model.events import GateOpened, StepStarted, VoteCast
from bot.model.run import Run
from bot.usecases.switch_run import compare, still_open
from tests.builders import NOW, a_gate, a_plan, a_step, records_of


def a_run() -> Run:
    """A switchover: approved, and its first change is out."""
    go = a_step("go", title="GO", kind="approve", gate=a_gate(1))
    plan = a_plan(go, a_step("switchover", title="Switch over"), a_step("scale"), a_step("announce"))
    asked = GateOpened(step="go", text="Go?", expires_at=NOW + timedelta(minutes=5))
    yes = VoteCast(step="go", round=1, person="ben", decision="approve", plan_hash=plan.hash)
    return Run.of(records_of(asked, yes, StepStarted(step="switchover", attempt=1), plan=plan))


def test_steps_are_new_left_out_or_done_otherwise() -> None:
    """By their ids, and by what they do."""
    look = Look(state="already_done", change="")
    other = a_plan(
        a_step("go", title="GO", kind="approve", gate=a_gate(2)), a_step("promote"), a_step("scale", look=look),
        a_step("announce", params={"to": "everybody"}), run="r2",
    )  # fmt: skip

    switch = compare(a_run(), other)

    assert [step.id for step in switch.added] == ["promote"]
    assert [step.id for step in switch.left_out] == ["switchover"]
    assert [step.id for step in switch.changed] == ["go", "announce"]


def test_votes_are_void_and_what_aws_does_is_watched_first() -> None:
    """Both are named before the button."""
    switch = compare(a_run(), a_plan(run="r2"))

    assert switch.void == ("GO",)
    assert switch.in_flight == ("Switch over",)
    assert still_open(switch.run) == ("switchover",)
