"""Keeps Slack in line with the journals: what a run should show, less what was sent, goes out.

Promises: one process posts at a time; nothing is posted twice; nothing is lost while Slack or this process is away,
since everything is rendered anew from the journal. Refuses to decide anything about a run.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.ports.leases import Leases
from bot.ports.sent import SentMessages
from bot.slack.channels import Channels
from bot.slack.office import Office
from bot.slack.pace import Pace
from bot.usecases.desk import Desk

log = structlog.get_logger()

LEASE = "slack-outbox"


class Outbox:
    """`await outbox.run()` until cancelled."""

    def __init__(
        self, desk: Desk, client: AsyncWebClient, sent: SentMessages, leases: Leases, channels: Channels, *,
        owner: str, pace: Pace | None = None,
    ) -> None:  # fmt: skip
        self._desk, self._client, self._sent, self._leases = desk, client, sent, leases
        self._channels, self._owner, self._pace = channels, owner, pace or Pace()
        self.led = True
        """Whether this process posted when it was last known who does: it speaks while that cannot be asked."""
        self._unasked = False
        """The last time that was asked, nobody answered."""

    async def run(self) -> None:
        """Lead whenever nobody else does; let go of the lease at the end."""
        try:
            while True:
                if await self._hold():
                    log.info("outbox-leads", owner=self._owner)
                    await Office(self._desk, self._client, self._sent, self._channels, self._pace).work(self._renew())
                await asyncio.sleep(self._pace.lease / 3)
        finally:
            with contextlib.suppress(Exception):
                await asyncio.shield(self._leases.release(LEASE, self._owner))

    async def _renew(self) -> None:
        """Returns when the lease is lost."""
        while True:
            if not await self._hold():
                break
            await asyncio.sleep(self._pace.lease / 3)
        log.warning("outbox-lease-lost", owner=self._owner)

    async def _hold(self) -> bool:
        try:
            self.led = await self._leases.hold(LEASE, self._owner, ttl=timedelta(seconds=self._pace.lease))
        except Exception as error:  # the store is away: nobody can lead, and we ask again soon
            if not self._unasked:
                log.warning("lease-store-away", error=str(error)[:200])
            self._unasked = True
            return False
        self._unasked = False
        return self.led
