"""How the doors to the bot are, told by the processes that keep them and read by anyone who uses another door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pydantic import AwareDatetime

from bot.model.base import Frozen


class DoorState(Frozen):
    """One process's door, as it was when it was last looked at."""

    owner: str
    name: str = "slack"
    why: str = ""
    """What is wrong and what to do; empty when it is open."""
    since: AwareDatetime
    at: AwareDatetime

    @property
    def is_open(self) -> bool:
        return not self.why


class Doors(Protocol):
    """A hint: who has not told anything for half a minute is forgotten."""

    async def tell(self, state: DoorState) -> None: ...

    async def read(self) -> Sequence[DoorState]: ...


def shut(states: Sequence[DoorState]) -> DoorState | None:
    """The newest trouble, when no process has the door open; None when one has, or nobody keeps one."""
    if any(state.is_open for state in states):
        return None
    return max(states, key=lambda state: state.at, default=None)
