"""Whether people of another organisation read a channel (Slack Connect).

Promises: Slack is asked at most every five minutes and channel; while it does not answer, what it said last counts, and
a channel of which nothing is known counts as our own, since an outage must not silence a run.
"""

from __future__ import annotations

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.ports.clock import Clock

log = structlog.get_logger()

FRESH = 300.0
"""Seconds for which an answer counts."""


class Sharing:
    """`await sharing.is_shared("C0…")`."""

    def __init__(self, client: AsyncWebClient, clock: Clock) -> None:
        self._client, self._clock = client, clock
        self._known: dict[str, tuple[bool, float]] = {}

    async def is_shared(self, channel: str) -> bool:
        """Also a direct message, or a channel that is about to be shared."""
        if not channel:
            return False
        now = self._clock.monotonic()
        said, at = self._known.get(channel, (False, float("-inf")))
        if now - at < FRESH:
            return said
        try:
            answer = await self._client.conversations_info(channel=channel)
            about = answer.get("channel") or {}
            said = bool(about.get("is_ext_shared") or about.get("is_pending_ext_shared"))
        except (SlackApiError, TimeoutError, aiohttp.ClientError, OSError) as error:
            log.info("channel-not-looked-at", channel=channel, error=str(error)[:200])
        self._known[channel] = said, now
        return said
