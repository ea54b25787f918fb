"""Which channel a run is told in: where its card stands, else the service's, else the fallback.

Promises: a channel that takes nothing any more, or that another organisation reads although the catalogue does not
allow it, is left for the fallback. Slack is asked for a channel's id once, and whether it is shared every few minutes.
Where Slack refuses to list its channels, one goes by its name, under which it takes messages too: a scope that is
missing must not silence a run.
"""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.model.run import Run
from bot.model.service import Catalog, Service
from bot.ports.clock import Clock
from bot.ports.sent import Sent
from bot.slack.answers import code_of, is_away, status_of
from bot.slack.sharing import Sharing

log = structlog.get_logger()

_PAGES = 20
LIST_AGAIN = 60.0
"""Seconds after which a list that was refused, or a name that nobody knew, is asked for again."""


@dataclass
class Channels:
    """Names to ids, and what is known of them."""

    client: AsyncWebClient
    clock: Clock
    fallback: str

    def __post_init__(self) -> None:
        self._names: dict[str, str] = {}
        self._unknown: dict[str, float] = {}
        """Names that nobody knew, and when to ask again: Slack lists all channels twenty times a minute at most."""
        self._list_from = float("-inf")
        self.dead: set[str] = set()
        self._sharing = Sharing(self.client, self.clock)

    async def of(self, run: Run, card: Sent | None, catalog: Catalog) -> str:
        """The channel's id; empty when the run may be told nowhere."""
        if card is not None and card.ts and await self._is_fit(card.channel, catalog):
            return card.channel
        if channel := await self.of_service(run.plan.service, catalog):
            return channel
        first = await self.resolve(run.plan.service.channel) or run.plan.service.channel
        return "" if await self.is_barred(first, catalog) else first

    async def of_service(self, service: Service, catalog: Catalog) -> str:
        """The id of the channel where what concerns a service may be told; empty for nowhere."""
        for name in (service.channel, self.fallback):
            if name and (channel := await self.resolve(name)) and await self._is_fit(channel, catalog):
                return channel
        return ""

    async def is_barred(self, channel: str, catalog: Catalog) -> bool:
        """Whether people of another organisation read this channel, by its id, and nobody said that they may."""
        if not await self._sharing.is_shared(channel):
            return False
        return channel not in [await self.resolve(name) for name in catalog.shared_channels]

    async def is_open(self, channel: str) -> bool:
        """Whether everybody in the workspace may read a channel, by its id, and nobody else does."""
        return await self._sharing.is_open(channel)

    async def hall(self) -> str:
        """The channel where what concerns all of them may be told; empty for none in particular."""
        found = await self.resolve(self.fallback) if self.fallback else ""
        return found if found not in self.dead and await self.is_open(found) else ""

    async def resolve(self, name: str) -> str:
        """A channel's id; empty when nobody knows the name, the name itself where Slack refuses to tell.

        The bot joins what it may. Raises what an outage of Slack raises.
        """
        now = self.clock.monotonic()
        if name not in self._names:
            if now < self._unknown.get(name, now):
                return ""
            if name.startswith("#") and now < self._list_from:
                return name
            try:
                found = await self._look_up(name.removeprefix("#")) if name.startswith("#") else name
            except SlackApiError as error:
                if is_away(error) or status_of(error) == 429:
                    raise
                self._list_from = now + LIST_AGAIN
                log.warning("channels-not-listed", channel=name, error=code_of(error))
                return name
            if not found:
                log.error("channel-unknown", channel=name)
                self._unknown[name] = now + LIST_AGAIN
                return ""
            self._names[name] = found
            await self._join(found)
        return self._names[name]

    async def _is_fit(self, channel: str, catalog: Catalog) -> bool:
        if channel in self.dead:
            return False
        if await self.is_barred(channel, catalog):
            log.warning("channel-shared", channel=channel, remedy="list it under shared_channels in catalog.yaml")
            return False
        return True

    async def _look_up(self, name: str) -> str:
        cursor = None
        for _page in range(_PAGES):
            answer = await self.client.conversations_list(
                exclude_archived=True, types="public_channel,private_channel", limit=1000, cursor=cursor
            )
            for channel in answer.get("channels") or []:
                if channel.get("name") == name:
                    return str(channel["id"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
        return ""

    async def _join(self, channel: str) -> None:
        """A member may search the history, pin, and share files; without it we still post."""
        if not channel.startswith("C"):
            return
        try:
            await self.client.conversations_join(channel=channel)
        except SlackApiError as error:
            log.info("channel-not-joined", channel=channel, error=code_of(error))
        except (TimeoutError, aiohttp.ClientError):
            log.info("channel-not-joined", channel=channel, error="no answer")
