"""The stage itself: a story that cannot end must fail, or the machine that tells stories would hang."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.ports.journal import Head
from tests.builders import a_plan, a_step
from tests.engine.rehearsal import Stage


def test_a_driver_that_never_rests_is_a_failure_and_no_hang() -> None:
    """A run that can never be parked is asked about again and again; the stage says so instead of waiting for ever."""
    stage = Stage(a_plan(a_step("hold", kind="wait", wait_for=timedelta(hours=1))))

    async def never(run: str, *, at: Head) -> bool:
        return False

    stage.journals.park = never  # type: ignore[method-assign]  # what a driver whose epoch is over is told

    with pytest.raises(AssertionError, match="does not come to rest"):
        stage.deliver("a")
