"""What has been posted for each run, so that messages are edited rather than posted twice, by whichever replica."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bot.model.base import Frozen


class Sent(Frozen):
    """One message as it stands in the channel."""

    channel: str
    ts: str
    digest: str
    """Of what was rendered; an equal digest needs no edit."""


class SentMessages(Protocol):
    """Per run, by the message's own key (`card`, `gate:declare:1`, `event:17` …)."""

    async def load(self, run: str) -> Mapping[str, Sent]: ...

    async def put(self, run: str, key: str, sent: Sent) -> None: ...
