"""How readiness is told, in the order in which a service becomes ready."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.readiness.words import due_words
from tests.builders import NOW

BEGIN = "/dr failover orders-api dry-run"


@pytest.mark.parametrize(
    ("due", "begin", "says"),
    [
        (None, BEGIN, f"Next: {BEGIN}"),
        (None, "", "Next: a healthy runbook for failover and failback."),
        (NOW, BEGIN, f"The next drill was due on 2026-03-14. Next: {BEGIN}"),
        (NOW, "", "The next drill was due on 2026-03-14."),
        (NOW + timedelta(days=1), BEGIN, "The next drill is due by 2026-03-15."),
    ],
)
def test_what_comes_next_is_a_command_or_a_day(due: datetime | None, begin: str, says: str) -> None:
    """What was never proven is no missed drill."""
    assert due_words(due, NOW, begin) == says
