"""The picture of the steps: what stands where on the time axis."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.model.events import StepFailed, StepSettled, StepStarted
from bot.timeline.build import build_timeline
from bot.timeline.export.picture import WIDE, gantt
from tests.builders import NOW, a_plan, a_step, records_of


def test_a_step_that_failed_before_anything_was_sent_stands_where_it_failed() -> None:
    """It was held up from the end of the step before, by a region that did not answer its look."""
    plan = a_plan(a_step("scale"), a_step("fence", needs=["scale"]), impact_started_at=None)
    facts = StepStarted(step="scale", attempt=1), StepSettled(step="scale", seen="24")
    records = records_of(*facts, StepFailed(step="fence", attempt=1, why="no answer"), plan=plan)

    scale, fence = gantt(build_timeline(records, as_of=NOW + timedelta(minutes=5)), WIDE).rows

    (held,) = fence.bars
    assert held.kind == "wait"
    assert held.x == pytest.approx(scale.bars[-1].x + scale.bars[-1].width)
    assert fence.note_x > held.x
