"""Takes reminders out of the channel that nobody needs any more.

Promises: tried again at the next look until it is gone; never at the cost of anything else. Refuses to know why.
"""

from __future__ import annotations

from collections.abc import Collection

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.answers import code_of
from bot.slack.ledger import Ledger

log = structlog.get_logger()

TAKEN_BACK = "taken-back"
"""Stands where the digest of a message stood that is gone."""
_GONE = frozenset({"message_not_found", "channel_not_found", "is_archived", "cant_delete_message", "missing_scope"})


class Leftovers:
    """One leader's broom."""

    def __init__(self, client: AsyncWebClient, ledger: Ledger) -> None:
        self._client, self._ledger = client, ledger

    async def sweep(self, run: str, kind: str, wanted: Collection[str]) -> None:
        """Delete messages whose key begins with `kind` and is not wanted."""
        for key, sent in dict(await self._ledger.of(run)).items():
            if key.startswith(kind) and key not in wanted and sent.ts and sent.digest != TAKEN_BACK:
                try:
                    await self._client.chat_delete(channel=sent.channel, ts=sent.ts)
                except SlackApiError as error:
                    if code_of(error) not in _GONE:
                        log.info("reminder-not-taken-back", run=run, key=key, error=code_of(error))
                        return
                except (TimeoutError, aiohttp.ClientError):
                    return
                await self._ledger.put(run, key, sent.model_copy(update={"digest": TAKEN_BACK}))
