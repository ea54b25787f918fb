"""A mistake stands where it can be mended."""

from __future__ import annotations

import pytest

from bot.slack.views.start_form import block_of

INPUTS = ("mode", "desired_tasks", "impact_started_at")


@pytest.mark.parametrize(
    ("mistake", "block"),
    [
        ("mode: 'plnned' is not one of unplanned, planned.", "in:mode"),
        ("mode: desired_tasks is not one of them", "in:mode"),
        ("impact_started_at is missing: when? Give it as impact_started_at=…", "in:impact_started_at"),
        ("orders-api.failover has no input called desired_task. Did you mean desired_tasks?", "in:desired_tasks"),
        ("orders-api.failover has no input called x. Known: mode, desired_tasks, impact_started_at.", ""),
        ("The service has no recovery region.", ""),
    ],
)
def test_a_mistake_stands_at_its_field(mistake: str, block: str) -> None:
    """One that names one input stands there; one about several, or none, on top."""
    assert block_of(mistake, INPUTS) == block
