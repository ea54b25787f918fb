"""One call of a Web API method: its arguments, however they were encoded, read the way Slack reads them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from bot.local.workspace.kinds import Json, SlackError
from bot.local.workspace.seed import BOT_USER
from bot.local.workspace.state import Channel, World

TokenKind = Literal["bot", "app"]


@dataclass(frozen=True)
class Call:
    """A method's view of the world: the arguments, the token's kind, and the scopes that were granted."""

    world: World
    args: Json
    token: TokenKind
    scopes: frozenset[str]

    def text(self, name: str) -> str | None:
        """An argument as text, or None when it is absent or empty."""
        value = self.args.get(name)
        return None if value is None or value == "" else str(value)

    def need(self, name: str, code: str = "invalid_arguments") -> str:
        """An argument that must be there; raises `code`."""
        value = self.text(name)
        if value is None:
            raise SlackError(code, [f"missing required field: {name}"] if code == "invalid_arguments" else ())
        return value

    def flag(self, name: str) -> bool:
        """An argument as yes or no."""
        return str(self.args.get(name, "")).lower() in ("1", "true")

    def number(self, name: str, default: int, high: int) -> int:
        """An argument as a whole number, at most `high`."""
        value = self.text(name)
        if value is None:
            return default
        if not value.isdigit():
            raise SlackError("invalid_arguments", [f"must provide an integer [json-pointer:/{name}]"])
        return min(int(value), high)

    def structure(self, name: str, code: str = "invalid_arguments") -> Any:
        """An argument that is JSON, or a string holding JSON; None when absent; raises `code` when it is neither."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        if value.strip() == "":
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(code) from None

    def channel(self, name: str = "channel") -> Channel:
        """The channel that an argument names, as far as the app can see it; raises `channel_not_found`."""
        channel = self.world.channel(self.need(name, "channel_not_found"))
        if channel.is_private and BOT_USER not in channel.members:
            raise SlackError("channel_not_found")
        return channel

    def joined_channel(self, name: str = "channel") -> Channel:
        """The same, when the app must be a member; raises `not_in_channel`."""
        channel = self.channel(name)
        if BOT_USER not in channel.members:
            raise SlackError("not_in_channel")
        return channel


def page(call: Call, things: list[Any], *, default: int = 100, high: int = 1000) -> tuple[list[Any], Json]:
    """One page of a list, and the `response_metadata` whose cursor asks for the next; raises `invalid_cursor`."""
    limit = call.number("limit", default, high) or default
    cursor = call.text("cursor") or "0"
    if not cursor.isdigit():
        raise SlackError("invalid_cursor")
    start = int(cursor)
    following = start + limit
    return things[start:following], {"next_cursor": str(following) if following < len(things) else ""}
