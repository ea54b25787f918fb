"""What the rehearsal cannot show: several runs in one list, in whatever order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.actions.base import Call
from bot.actions.synthetics.canary import Canary, CanaryParams
from bot.model.action import Pending, Settled
from tests.actions.scripted import NOON, play

Run = tuple[str, int]
"""State, and minutes since it began."""


@pytest.mark.parametrize(
    ("runs", "passed"),
    [
        ([("RUNNING", 0), ("PASSED", 3)], True),
        ([("PASSED", 3), ("FAILED", 1)], False),
        ([("FAILED", 3), ("PASSED", 1)], True),
        ([("RUNNING", 0), ("PASSED", 30)], False),
        ([("RUNNING", 0)], False),
    ],
)
def test_the_newest_run_that_is_over_counts(runs: list[Run], passed: bool) -> None:
    """One that is under way says nothing yet, and an older success nothing any more."""
    listed = [
        {"Status": {"State": state}, "Timeline": {"Started": NOON - timedelta(minutes=ago)}} for state, ago in runs
    ]
    aws = play([Call("synthetics", "get_canary_runs", {"CanaryRuns": listed})])

    seen = Canary().verify(aws, CanaryParams(region="us-west-2", canary="checkout"), {})

    assert isinstance(seen, Settled if passed else Pending)
    assert seen.results == {"passed": passed}
