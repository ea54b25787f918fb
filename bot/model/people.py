"""People as the roster knows them: one person, however many accounts."""

from __future__ import annotations

from pydantic import Field

from bot.model.base import Frozen


class Person(Frozen):
    """Somebody who may act. Self-approval is judged on `id`, never on an account or a name."""

    id: str
    name: str
    slack: str | None = None
    """Slack user id, `U…` or `W…`."""
    cli: str | None = None
    """Login name on the operators' hosts."""
    groups: tuple[str, ...] = ()
    """Groups with their `@`, as runbooks name them."""
    keys: tuple[str, ...] = Field(default=(), exclude_if=lambda keys: not keys)
    """Public SSH keys (`ssh-ed25519 AAAA…`) that sign this person's votes in a terminal."""

    def is_in(self, groups: tuple[str, ...]) -> bool:
        return any(group in self.groups for group in groups)


class Actor(Frozen):
    """Who did it and through which door; `person` is empty for the bot itself."""

    person: str = ""
    name: str = "bot"
    via: str = "engine"
    """`slack`, `cli`, `engine` or `alarm`."""


BOT = Actor()
