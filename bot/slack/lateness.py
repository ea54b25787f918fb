"""Why Slack's signature was refused, as far as it can be told: mostly it is a clock.

Slack signs its own time, and what is more than five minutes from ours is refused, so that nobody replays old requests.
A host whose clock is ten minutes off therefore refuses everything, and looks as if its signing secret were wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

MOST = 300
"""Seconds between Slack's time and ours, beyond which a signature is not looked at."""
_DIGITS = 12
"""As many as a time in seconds has for the next thirty thousand years."""


def why_refused(headers: Mapping[str, str], now: datetime) -> str:
    """One sentence with the remedy; `now` is this host's own clock, which the check goes by."""
    stamp = headers.get("X-Slack-Request-Timestamp", "")
    if not (stamp.isascii() and stamp.isdigit()) or len(stamp) > _DIGITS:
        return "the request carries no time of Slack's; it did not come from Slack"
    apart = now.timestamp() - int(stamp)
    if abs(apart) > MOST:
        way = "behind" if apart < 0 else "ahead of"
        return f"this host's clock is {abs(apart):.0f} s {way} Slack's, or the request is old; synchronise the clock"
    return "the clocks agree, so SLACK_SIGNING_SECRET is not this app's; copy it from the app's Basic Information"
