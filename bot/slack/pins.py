"""Pins the card of a run that is open, and gives its place up when it is over.

Promises: slower than Slack's limit for pins, and never at the cost of anything else: what is refused is tried at the
next look. Refuses to pin one of a crowd; the channel's overview stands there instead.
"""

from __future__ import annotations

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.ports.clock import Clock
from bot.ports.sent import Sent
from bot.slack.answers import code_of
from bot.slack.ledger import Ledger
from bot.slack.pace import Bucket, Pace

log = structlog.get_logger()

PINNED, UNPINNED = "pinned", "unpinned"
_FINAL = frozenset({"already_pinned", "not_pinnable", "permission_denied", "too_many_pins", "missing_scope"})
_GONE = frozenset({"no_pin", "not_pinned", "message_not_found", "channel_not_found", "is_archived"})


class Pins:
    """One leader's pins."""

    def __init__(self, client: AsyncWebClient, ledger: Ledger, clock: Clock, pace: Pace) -> None:
        self._client, self._ledger, self._clock = client, ledger, clock
        now = clock.monotonic()
        self._adding, self._removing = (Bucket(pace.pin_burst, pace.pin_every, now) for _each in range(2))

    async def keep(self, run: str, card: Sent | None, *, is_over: bool, is_crowd: bool = False) -> None:
        """Bring the pin in line with the run, as far as Slack lets us now."""
        known = self._ledger.known(run)
        if card is None or not card.ts:
            return
        pinned = known.get(PINNED)
        if is_over:
            if pinned is not None and UNPINNED not in known:
                await self._remove(run, pinned)
        elif not is_crowd and (pinned is None or pinned.ts != card.ts):
            await self._add(run, card)

    async def _add(self, run: str, card: Sent) -> None:
        if self._adding.wait(self._clock.monotonic()) > 0:
            return
        self._adding.take(self._clock.monotonic())
        try:
            await self._client.pins_add(channel=card.channel, timestamp=card.ts)
        except SlackApiError as error:
            log.info("card-not-pinned", run=run, error=code_of(error))
            if code_of(error) not in _FINAL | _GONE:
                return
        except (TimeoutError, aiohttp.ClientError):
            return
        await self._ledger.put(run, PINNED, card)

    async def _remove(self, run: str, card: Sent) -> None:
        if self._removing.wait(self._clock.monotonic()) > 0:
            return
        self._removing.take(self._clock.monotonic())
        try:
            await self._client.pins_remove(channel=card.channel, timestamp=card.ts)
        except SlackApiError as error:
            if code_of(error) not in _GONE:
                log.info("card-not-unpinned", run=run, error=code_of(error))
                return
        except (TimeoutError, aiohttp.ClientError):
            return
        await self._ledger.put(run, UNPINNED, card)
