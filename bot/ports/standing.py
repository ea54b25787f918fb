"""What Slack says of people, for those who may not know Slack.

Promises: an answer within seconds, whatever Slack does: what it says now, or what it said last, with the time of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from bot.model.roll import Account, Membership, Roll


class Standing(Protocol):
    """Asked for groups by the name that runbooks know them by, with Slack's id, and for accounts. Never raises."""

    async def look(self, groups: Mapping[str, str], accounts: Collection[str]) -> Roll: ...


class KeptStanding(Standing, Protocol):
    """The same from memory: what Slack said last, for as long as that counts. A hint; it may be lost at any time."""

    async def keep(self, said: Membership | Account) -> None: ...
