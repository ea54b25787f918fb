"""Row 36: a refused signature names the clock when it is the clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from slack_sdk.signature import Clock, SignatureVerifier

from bot.slack.lateness import why_refused

NOW = datetime(2026, 3, 14, 3, 7, tzinfo=UTC)


class At(Clock):
    """The verifier's own clock, wound."""

    def now(self) -> float:
        return NOW.timestamp()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-310, "ahead of Slack's"),
        (310, "behind Slack's"),
        (-290, "SLACK_SIGNING_SECRET"),
        (290, "SLACK_SIGNING_SECRET"),
    ],
)
def test_row_36_a_signature_that_is_minutes_off_says_clock(seconds: int, words: str) -> None:
    """Valid at 290 s, refused at 310 s, as the verifier itself has it."""
    stamp = str(int(NOW.timestamp()) + seconds)
    verifier = SignatureVerifier("secret", clock=At())
    signature = verifier.generate_signature(timestamp=stamp, body="x")
    assert signature is not None

    told = why_refused({"X-Slack-Request-Timestamp": stamp}, NOW)

    assert words in told
    assert verifier.is_valid("x", stamp, signature) == (abs(seconds) <= 300)
    assert ("clock is 310 s" in told) == (abs(seconds) > 300)


def test_row_36_a_request_without_slacks_time_is_not_slacks() -> None:
    """Somebody else knocked."""
    assert "did not come from Slack" in why_refused({}, NOW)
