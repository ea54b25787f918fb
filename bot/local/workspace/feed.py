"""What just changed, for whoever watches: the page over a stream, a script over a long poll."""

from __future__ import annotations

import asyncio
from collections import deque

from bot.local.workspace.kinds import Json

KEPT = 5000


class Feed:
    """Numbered changes, newest last. Each may be meant for one person (`audience`) or for everybody (`None`)."""

    def __init__(self) -> None:
        self.last = 0
        self._kept: deque[tuple[int, str | None, Json]] = deque(maxlen=KEPT)
        self._waiters: set[asyncio.Future[None]] = set()

    def publish(self, kind: str, audience: str | None = None, **facts: object) -> None:
        """Add a change and wake everybody who waits."""
        self.last += 1
        self._kept.append((self.last, audience, {"seq": self.last, "kind": kind, **facts}))
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    def since(self, seq: int, person: str) -> list[Json]:
        """The changes after `seq` that `person` may see."""
        return [change for number, audience, change in self._kept if number > seq and audience in (None, person)]

    async def after(self, seq: int, person: str, seconds: float) -> list[Json]:
        """The changes after `seq`, waiting up to `seconds` for the first one."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not (changes := self.since(seq, person)):
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0 or not await self._woken(left):
                return self.since(seq, person)
        return changes

    async def _woken(self, seconds: float) -> bool:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await asyncio.wait_for(waiter, seconds)
        except TimeoutError:
            return False
        finally:
            self._waiters.discard(waiter)
        return True
