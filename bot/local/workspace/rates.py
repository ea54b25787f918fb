"""How often an app may call: Slack's tiers per method, and one posting per second and channel, with small bursts."""

from __future__ import annotations

from bot.local.workspace.kinds import Clock

TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
POSTS_PER_SECOND = 1.0
POST_BURST = 3


class Bucket:
    """Holds up to `size` tokens and gains `rate` per second."""

    def __init__(self, size: float, rate: float, now: float) -> None:
        self.size, self.rate, self.tokens, self.at = size, rate, size, now

    def take(self, now: float) -> float:
        """Zero when a token was taken, else the seconds until there is one."""
        self.tokens = min(self.size, self.tokens + max(0.0, now - self.at) * self.rate)
        self.at = now
        if self.tokens >= 1 - 1e-9:
            self.tokens -= 1
            return 0.0
        return (1 - self.tokens) / self.rate


class Rates:
    """The buckets of one app in one workspace."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}

    def wait_for(self, method: str, tier: int, channel: str | None) -> float:
        """Zero when the call may pass, else the seconds to wait. Posting is limited per channel instead of per tier."""
        now = self._clock()
        if method == "chat.postMessage" and channel is not None:
            return self._bucket(f"post:{channel}", POST_BURST, POSTS_PER_SECOND, now).take(now)
        per_minute = TIERS[tier]
        return self._bucket(f"method:{method}", per_minute, per_minute / 60, now).take(now)

    def _bucket(self, key: str, size: float, rate: float, now: float) -> Bucket:
        if key not in self._buckets:
            self._buckets[key] = Bucket(size, rate, now)
        return self._buckets[key]
