"""What every listener has at hand: the desk, Slack's client, who is who, and the plans that people are looking at.

Refuses to know Bolt: listeners are registered elsewhere.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

from slack_sdk.web.async_client import AsyncWebClient

from bot.model.plan import Plan
from bot.ports.sent import SentMessages
from bot.slack.channels import Channels
from bot.slack.identity import Identities, Me
from bot.slack.once import Once
from bot.usecases.desk import Desk

SHELF = 200


class Shelf:
    """Plans that somebody may still start: bounded, gone when they expire, and only in this process."""

    def __init__(self, size: int = SHELF) -> None:
        self._size = size
        self._plans: OrderedDict[str, Plan] = OrderedDict()

    def put(self, plan: Plan) -> None:
        """Keep a plan; the oldest one makes room."""
        self._plans[plan.run] = plan
        while len(self._plans) > self._size:
            self._plans.popitem(last=False)

    def get(self, run: str, now: datetime) -> Plan | None:
        """The plan that was shown under this id, while it is fresh."""
        plan = self._plans.get(run)
        if plan is not None and now >= plan.expires_at:
            del self._plans[run]
            return None
        return plan


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
