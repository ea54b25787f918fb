"""States that many services share: a switch, a pair of bounds, and whether something stands on its own."""

from __future__ import annotations

from bot.language import told
from bot.model.base import Frozen
from bot.model.text import Text


class Switch(Frozen):
    """On or off."""

    on: bool

    def __str__(self) -> str:
        return told("on") if self.on else told("off")


class Fence(Switch):
    """Whether writes are denied."""

    def __str__(self) -> str:
        return told("writes denied") if self.on else told("writes allowed")


class Running(Switch):
    """Whether it runs."""

    def __str__(self) -> str:
        return told("running") if self.on else told("stopped")


class Bounds(Frozen):
    """Least and most."""

    minimum: float
    maximum: float

    def __str__(self) -> str:
        return told("{minimum} to {maximum}", minimum=f"{self.minimum:g}", maximum=f"{self.maximum:g}")


class Independence(Frozen):
    """Whether something follows a source elsewhere."""

    follows: Text
    """Its source; empty when it follows nobody."""

    def __str__(self) -> str:
        return told("follows {follows}", follows=self.follows) if self.follows else told("follows nobody")


ALONE = Independence(follows="")
