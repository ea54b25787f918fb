"""Finds a message of ours whose answer was lost, by the event id that travels in its metadata.

Promises: looks where the message would be, from the run's beginning on. What it may not read, it says in the log, and
answers that nothing is there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.answers import code_of
from bot.slack.kit import Json
from bot.slack.ledger import Ledger
from bot.slack.letter import Letter, Place

log = structlog.get_logger()

_PAGES = 5
_UNREADABLE = frozenset({"not_in_channel", "missing_scope", "thread_not_found", "channel_not_found"})


@dataclass(frozen=True)
class Found:
    """A message of ours in the channel, and everything it says."""

    ts: str
    places: tuple[Place, ...]


class Search:
    """Reads the channel or the thread."""

    def __init__(self, client: AsyncWebClient, ledger: Ledger) -> None:
        self._client, self._ledger = client, ledger

    async def post(self, letter: Letter) -> Found | None:
        """A post whose answer was lost; None when it is not there or cannot be looked for."""
        async for message in self._messages(letter):
            payload: Json = (message.get("metadata") or {}).get("event_payload") or {}
            ids = payload.get("ids") or [payload.get("id")]
            if letter.event_id in ids:
                return Found(str(message["ts"]), tuple(_place(str(each)) for each in ids))
        return None

    async def files(self, letter: Letter) -> bool:
        """Whether our upload is there; files of the same names that somebody exported meanwhile have other words."""
        names = {each.name for each in letter.files}
        async for message in self._messages(letter):
            is_ours = message.get("text") == letter.desired.message.text
            if is_ours and names & {str(file.get("name")) for file in message.get("files") or []}:
                return True
        return False

    async def _messages(self, letter: Letter) -> AsyncIterator[Json]:
        thread, cursor = await self._ledger.thread(letter), None
        for _ in range(_PAGES):
            try:
                if thread:
                    answer = await self._client.conversations_replies(
                        channel=letter.channel, ts=thread, include_all_metadata=True, limit=200, cursor=cursor
                    )
                else:
                    answer = await self._client.conversations_history(
                        channel=letter.channel, oldest=f"{letter.since - 60:.6f}", include_all_metadata=True, limit=200,
                        cursor=cursor,
                    )  # fmt: skip
            except SlackApiError as error:
                if code_of(error) in _UNREADABLE:
                    log.warning("history-not-searched", channel=letter.channel, error=code_of(error))
                    return
                raise
            for message in answer.get("messages") or []:
                yield message
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return


def _place(event_id: str) -> Place:
    """Run and key; a run's id has no colon in it."""
    run, _colon, key = event_id.partition(":")
    return run, key
