"""Alarms that come to the bot by themselves, by whatever way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.model.base import Frozen


class AlarmNews(Frozen):
    """An alarm changed its state."""

    delivery: str
    """Names the transition, so that a repeat is known as one."""
    alarm: str
    region: str
    state: str
    """`ALARM`, `OK` or `INSUFFICIENT_DATA`."""
    at: datetime
    account: str = ""
    """The account that the alarm stands in; empty when the message does not tell."""
    reason: str = ""
    receipt: str = ""
    """What `done` needs."""


class AlarmQueue(Protocol):
    """Transitions, each until it is done."""

    async def next(self) -> Sequence[AlarmNews]:
        """What has come, after waiting a while when there is nothing. Raises Unavailable when nobody answers."""
        ...

    async def done(self, news: AlarmNews) -> None:
        """Never bring this one again."""
        ...
