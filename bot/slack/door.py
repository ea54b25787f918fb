"""What every listener has at hand: the desk, Slack's client, who is who, and the plans that people are looking at.

Refuses to know Bolt: listeners are registered elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

from slack_sdk.web.async_client import AsyncWebClient

from bot.model.errors import Unavailable
from bot.model.plan import Plan
from bot.ports.plans import ShownPlans
from bot.ports.sent import SentMessages
from bot.slack.channels import Channels
from bot.slack.identity import Identities, Me
from bot.slack.once import Once
from bot.usecases.desk import Desk

SHELF = 200
PATIENCE = 2.0
"""Seconds for the store to take or give a plan."""


class Shelf:
    """Plans that somebody may still start: a few of them here, and all in the store, where other replicas find them."""

    def __init__(self, kept: ShownPlans | None = None, size: int = SHELF) -> None:
        self._kept, self._size = kept, size
        self._plans: OrderedDict[str, Plan] = OrderedDict()

    async def put(self, plan: Plan) -> None:
        """Keep a plan; the oldest one here makes room. While the store is away, the plan is known here alone."""
        self._plans[plan.run] = plan
        while len(self._plans) > self._size:
            self._plans.popitem(last=False)
        with contextlib.suppress(TimeoutError, Unavailable):
            async with asyncio.timeout(PATIENCE):
                if self._kept is not None:
                    await self._kept.put(plan)

    async def get(self, run: str, now: datetime) -> Plan | None:
        """The plan that was shown under this id, while it is fresh."""
        plan = self._plans.get(run) or await self._elsewhere(run)
        if plan is not None and now >= plan.expires_at:
            self._plans.pop(run, None)
            return None
        return plan

    async def _elsewhere(self, run: str) -> Plan | None:
        with contextlib.suppress(TimeoutError, Unavailable):
            async with asyncio.timeout(PATIENCE):
                return await self._kept.get(run) if self._kept is not None and run else None
        return None


@dataclass(frozen=True)
class Door:
    """Slack, as listeners see it."""

    desk: Desk
    client: AsyncWebClient
    me: Me
    identities: Identities
    sent: SentMessages
    channels: Channels
    capture_emoji: str = "pushpin"
    shelf: Shelf = field(default_factory=Shelf)
    once: Once | None = None
