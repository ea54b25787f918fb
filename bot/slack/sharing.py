"""Who reads a channel: another organisation too (Slack Connect), everybody in the workspace, or a chosen few.

Promises: Slack is asked at most every five minutes and channel; while it does not answer, what it said last counts. A
channel of which nothing is known counts as our own, since an outage must not silence a run, and as one that is not
open to everybody, since nothing may be told to more people than it was meant for.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.ports.clock import Clock

log = structlog.get_logger()

FRESH = 300.0
"""Seconds for which an answer counts."""
Readers: TypeAlias = Literal["strangers", "everybody", "few", "unknown"]


class Sharing:
    """`await sharing.is_shared("C0…")`."""

    def __init__(self, client: AsyncWebClient, clock: Clock) -> None:
        self._client, self._clock = client, clock
        self._known: dict[str, tuple[Readers, float]] = {}

    async def is_shared(self, channel: str) -> bool:
        """Also a direct message, or a channel that is about to be shared."""
        return await self._readers(channel) == "strangers"

    async def is_open(self, channel: str) -> bool:
        """Whether everybody in the workspace may read it, and nobody else does."""
        return await self._readers(channel) == "everybody"

    async def _readers(self, channel: str) -> Readers:
        if not channel:
            return "unknown"
        now = self._clock.monotonic()
        said, at = self._known.get(channel, ("unknown", float("-inf")))
        if now - at < FRESH:
            return said
        try:
            answer = await self._client.conversations_info(channel=channel)
            said = _read(answer.get("channel") or {})
        except (SlackApiError, TimeoutError, aiohttp.ClientError, OSError) as error:
            log.info("channel-not-looked-at", channel=channel, error=str(error)[:200])
        self._known[channel] = said, now
        return said


def _read(about: dict[str, object]) -> Readers:
    if about.get("is_ext_shared") or about.get("is_pending_ext_shared"):
        return "strangers"
    return "everybody" if about.get("is_channel") and not about.get("is_private") else "few"
