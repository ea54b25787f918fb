"""Whether a side that was left may still take writes is told until somebody has proven that it does not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.model.events import RunFinished, StepFailed
from bot.model.plan import Mode
from bot.model.records import Record
from bot.model.run import Run
from bot.timeline.unfenced import sentence_of, still_unfenced
from tests.builders import a_finished_failover, a_plan, a_step, records_of

LEFT, HELD = a_finished_failover(), a_finished_failover(fenced=True)
REHEARSED = a_finished_failover(mode=Mode.DRY_RUN)
BARE = records_of(RunFinished(outcome="completed"), plan=a_plan(a_step("scale")))
BACK = records_of(RunFinished(outcome="completed"), plan=a_plan(a_step("scale"), kind="failback"))
CALLED_OFF = records_of(
    StepFailed(step="fence", attempt=1, why="no answer"),
    RunFinished(outcome="aborted"),
    plan=a_plan(a_step("fence", fences=True)),
)


def left_by(*stories: Sequence[Record]) -> list[str]:
    return [side.step for side in still_unfenced((Run.of(records), records) for records in stories)]


@pytest.mark.parametrize(
    ("stories", "left"),
    [
        ((LEFT,), ["fence_primary"]),
        ((HELD,), []),
        ((LEFT, HELD), []),
        ((HELD, LEFT), ["fence_primary"]),
        ((LEFT, REHEARSED), ["fence_primary"]),
        ((REHEARSED,), []),
        ((LEFT, HELD[:20]), ["fence_primary"]),
        ((LEFT, BARE), ["fence_primary"]),
        ((LEFT, BACK), []),
        ((CALLED_OFF,), []),
    ],
)
def test_the_newest_run_that_moved_the_service_decides(stories: Sequence[Sequence[Record]], left: list[str]) -> None:
    """A rehearsal, a plan without a fence and a run that has not come to its end prove nothing; what was called off
    before anything moved has left no side, and nobody may be told to stop the writes there."""
    assert left_by(*stories) == left


def test_it_says_what_to_do_and_since_when() -> None:
    """The same words as under "left to do" of the run."""
    (side,) = still_unfenced([(Run.of(LEFT), LEFT)])

    assert sentence_of(side).startswith(
        "UNFENCED: “Stop writes in the old primary” did not succeed, so us-east-1 may still"
    )
    assert side.run == LEFT[0].run
    assert LEFT[0].at < side.since < LEFT[-1].at
