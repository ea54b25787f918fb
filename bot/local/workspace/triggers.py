"""Trigger ids: proof that a person just did something, good for one modal and only for a moment."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from bot.local.workspace.kinds import Clock, SlackError


@dataclass
class Trigger:
    """One interaction's right to open a modal."""

    user: str
    minted: float
    spent: bool = False


class Triggers:
    """Mints trigger ids and takes them back once, within `lifetime` seconds (Slack: 3)."""

    def __init__(self, clock: Clock, lifetime: float = 3.0) -> None:
        self.lifetime = lifetime
        self._clock = clock
        self._known: dict[str, Trigger] = {}

    def mint(self, user: str) -> str:
        """A new trigger id for something `user` just did."""
        trigger_id = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._known[trigger_id] = Trigger(user, self._clock())
        return trigger_id

    def owner(self, trigger_id: str) -> str:
        """Who did what the trigger id stands for; raises `invalid_arguments` for one never minted."""
        if trigger_id not in self._known:
            raise SlackError("invalid_arguments", ["invalid `trigger_id`"])
        return self._known[trigger_id].user

    def spend(self, trigger_id: str) -> Trigger:
        """Use it up; raises `expired_trigger_id`, `exchanged_trigger_id`, or `invalid_arguments` for an unknown one."""
        self.owner(trigger_id)
        trigger = self._known[trigger_id]
        if trigger.spent:
            raise SlackError("exchanged_trigger_id")
        if self._clock() - trigger.minted > self.lifetime:
            raise SlackError("expired_trigger_id")
        trigger.spent = True
        return trigger
