"""Things the bot depends on, each able to tell how it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from bot.model.base import Frozen
from bot.model.text import Text


class Vital(Frozen):
    """One condition as it was seen."""

    name: str
    state: Literal["ok", "warning", "failed"]
    seen: Text
    remedy: Text = ""
    """What to do when it is not ok, in one sentence."""


class Probe(Protocol):
    """Looks at one dependency; read only."""

    @property
    def name(self) -> str: ...

    @property
    def remedy(self) -> str:
        """What to do when it cannot even be asked; `told`, so that it can be said again."""
        ...

    async def look(self) -> Sequence[Vital]:
        """What was seen. Whatever this raises is reported as a failure."""
        ...
