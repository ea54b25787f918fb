"""Many runs at once, against a Slack that counts: what is promised about lateness, measured in simulated time."""

from __future__ import annotations

import pytest

from tests.slack.rush import Rush


@pytest.mark.parametrize(
    ("runs", "channels", "call_within", "stale_within"),
    [(5, 1, 1.0, 5.0), (20, 20, 1.0, 5.0), (80, 20, 2.0, 6.0), (200, 1, 5.0, 10.0), (200, 3, 2.0, 10.0),
     (200, 5, 2.0, 10.0), (200, 20, 2.0, 10.0), (200, 100, 2.0, 10.0)],
)  # fmt: skip
async def test_a_rush(runs: int, channels: int, call_within: float, stale_within: float) -> None:
    """All start at once, change every twenty seconds for a minute, and end: nothing is refused or lost."""
    rush = Rush(runs, channels)

    await rush.play(1.0)

    assert rush.refused == 0
    assert rush.unfinished == []
    assert len(rush.calls_late) == runs
    assert max(rush.calls_late) <= call_within
    assert max(rush.stale) <= stale_within
