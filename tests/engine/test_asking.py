"""Where a person can look is said in the reader's language, with what the run knows filled in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.engine.asking import backoff, with_check
from bot.language import again, speaking, told
from bot.model.events import StepSettled, StepStarted
from bot.model.run import Run
from tests.builders import a_plan, a_step, records_of

COPY = a_step("copy")


def a_run(by_hand: str) -> Run:
    """One whose first step has made a snapshot, and whose second one can be looked at by hand."""
    plan = a_plan(COPY, a_step("use", by_hand=by_hand, needs=("copy",)))
    made = StepSettled(step="copy", seen="there", results={"name": "nightly"})
    return Run.of(records_of(StepStarted(step="copy", attempt=1), made, plan=plan))


def test_a_place_is_named_in_the_readers_language() -> None:
    """Stored in English once, said again for whoever reads; what a step found is in its place."""
    place = told(
        "RDS console in {region}, Snapshots, {name}", region="us-west-2", name="${{ steps.copy.outputs.name }}"
    )
    run = a_run(place)

    asked = with_check(run, run.plan.step("use"), "no answer")
    with speaking("ko"):
        korean = again(asked)

    assert asked == "no answer. Check by hand: RDS console in us-west-2, Snapshots, nightly"
    assert korean == "no answer. 직접 확인: us-west-2의 RDS 콘솔, Snapshots > nightly"


def test_a_command_is_the_same_in_every_language() -> None:
    """It is there to be pasted."""
    run = a_run("aws rds describe-db-snapshots --name ${{ steps.copy.outputs.name }}")

    asked = with_check(run, run.plan.step("use"), "No answer.")
    with speaking("ko"):
        korean = again(asked)

    assert asked.endswith("Check by hand: aws rds describe-db-snapshots --name nightly")
    assert korean.endswith("aws rds describe-db-snapshots --name nightly")


@pytest.mark.parametrize(("attempt", "waits"), [(1, 5), (2, 10), (5, 80), (6, 120), (60, 120)])
def test_a_backoff_doubles_until_it_is_long_enough(attempt: int, waits: int) -> None:
    """Somebody may have retried sixty times by hand."""
    assert backoff(COPY, attempt, timedelta(0)) == timedelta(seconds=waits)
