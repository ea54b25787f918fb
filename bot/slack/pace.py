"""How fast we may talk to Slack: a budget per channel for posts, one for all edits, a gap between edits of one message.

Pure arithmetic over a monotonic clock that the caller reads.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """Seconds and counts; below Slack's own limits (1 post a second and channel, 50 edits and 20 pins a minute)."""

    coalesce: float = 0.4
    """How long news of one run is gathered before it is rendered again."""
    card_gap: float = 2.0
    board_share: float = 0.8
    """Of all edits, how much the overviews may use: each page is drawn as often as that allows."""
    heartbeat: float = 30.0
    """Between two edits that only tell how far a wait is."""
    post_every: float = 1.1
    post_burst: int = 3
    edit_every: float = 1.5
    edit_burst: int = 10
    pin_every: float = 3.5
    pin_burst: int = 3
    upload_every: float = 3.0
    upload_burst: int = 3
    crowd: int = 10
    """A channel with more open runs gets an overview besides the cards."""
    rush: int = 15
    """With more open runs in all, so does every channel with more than a few."""
    few: int = 1
    board_pages: int = 4
    """So many pages of overviews can be kept fresh; see `crowds`."""
    calls: int = 3
    """More requests for approval that wait for one channel travel in one message."""
    sweep: float = 15.0
    """How often all runs are looked at, since hints may be missed."""
    drills: float = 3600.0
    """How often it is looked whether a drill is due."""
    lease: float = 10.0
    first_retry: float = 0.5
    last_retry: float = 8.0

    def retry_after(self, failures: int) -> float:
        """Doubling, up to `last_retry`."""
        return min(self.last_retry, self.first_retry * 2.0 ** min(failures - 1, 10))


class Bucket:
    """Holds up to `size` tokens and gains one per `every` seconds."""

    def __init__(self, size: int, every: float, now: float) -> None:
        self._size, self._every, self._tokens, self._at = float(size), every, float(size), now

    def wait(self, now: float, keep: int = 0) -> float:
        """Seconds until a token is there besides those that are kept for others; zero when there is one."""
        self._fill(now)
        return max(0.0, (1 + keep - self._tokens) * self._every)

    def take(self, now: float) -> None:
        """Use one; going below zero is remembered."""
        self._fill(now)
        self._tokens -= 1

    def _fill(self, now: float) -> None:
        self._tokens = min(self._size, self._tokens + max(0.0, now - self._at) / self._every)
        self._at = now
