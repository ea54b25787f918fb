"""Each delivery of Slack's counts once, though Slack may bring it four times and to different replicas.

Promises: an id is remembered for two hours, here and in Redis; while Redis is away it is remembered here alone, since a
repeat that slips through meets use cases that refuse it or note it twice at worst. Clicks and commands, which Slack
never repeats, ask Redis only over HTTP, where a signed request might be replayed to another replica.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import timedelta

import structlog

from bot.model.base import digest
from bot.model.errors import Unavailable
from bot.ports.clock import Clock
from bot.ports.leases import Leases
from bot.slack.kit import Json

log = structlog.get_logger()

REMEMBERED = timedelta(hours=2)
"""Slack's last repeat of an event comes after about six minutes, a signed request is valid for five."""
PATIENCE = 0.7
"""Seconds for Redis to answer; a click's trigger lives for three."""
MOST = 20_000


class Once:
    """`await once.is_first(body)`."""

    def __init__(self, leases: Leases | None, clock: Clock, *, replayable: bool = False) -> None:
        self._leases, self._clock, self._replayable = leases, clock, replayable
        self._seen: OrderedDict[str, float] = OrderedDict()

    async def is_first(self, body: Json) -> bool:
        """Whether this delivery is to be worked on; False for a repeat. A payload without an id always is."""
        delivery = _name_of(body)
        if not delivery:
            return True
        everywhere = "event_id" in body or self._replayable
        if not self._is_new_here(delivery) or not (not everywhere or await self._is_new_anywhere(delivery)):
            log.info("delivery-repeated", delivery=delivery)
            return False
        return True

    def _is_new_here(self, delivery: str) -> bool:
        now = self._clock.monotonic()
        while self._seen and (len(self._seen) >= MOST or now - next(iter(self._seen.values())) > _SECONDS):
            self._seen.popitem(last=False)
        if delivery in self._seen:
            return False
        self._seen[delivery] = now
        return True

    async def _is_new_anywhere(self, delivery: str) -> bool:
        if self._leases is None:
            return True
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._leases.hold(f"seen:{delivery}", self._clock.new_id(), ttl=REMEMBERED)
        except (TimeoutError, Unavailable) as away:
            log.info("delivery-not-remembered", delivery=delivery, why=type(away).__name__)
            return True


def _name_of(body: Json) -> str:
    """An event's id; for clicks and commands everything that was said, since a replayed request is the same throughout.

    A trigger alone would do in Slack. Whoever stands in for it may give one to several clicks, and the second of two
    different clicks is no repeat.
    """
    trigger = body.get("trigger_id")
    return str(body.get("event_id") or (f"{trigger}:{digest(body)}" if trigger else ""))


_SECONDS = REMEMBERED.total_seconds()
