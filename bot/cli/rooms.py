"""What the command line asks of the rest of the house; the start-up module hands it in.

Promises: commands name what they need and never where it comes from, so the composition root stays above this room.
Refuses to know vendors, connections and child processes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # names only: `dr --help` must not wait for the whole house to be imported
    from bot.actions.catalogue import Catalogue
    from bot.ports.vitals import Probe
    from bot.runbook.library import Library
    from bot.settings import Settings
    from bot.usecases.desk import Desk


class House(Protocol):
    """A desk whose runs are driven."""

    @property
    def desk(self) -> Desk: ...

    async def work(self, stop: asyncio.Event) -> None:
        """Drive runs until `stop` is set."""
        ...

    async def serve(self, stop: asyncio.Event) -> None:
        """Drive runs and answer Slack until `stop` is set."""
        ...


@dataclass(frozen=True)
class DemoWishes:
    """How somebody wants the demo."""

    unattended: bool = False
    kill: bool = False
    """Kill the bot with SIGKILL in the middle of the promotion and start it again."""
    port: int = 0
    """Of the workspace page; 0 for any free one."""
    out: Path = Path("out")
    home: Path | None = None
    """Where state is kept; None for a folder that is removed at the end."""
    browser: bool = True


class Rooms(Protocol):
    """Doors to the rooms above and beside this one."""

    def library(self, settings: Settings) -> Library: ...

    def library_at(self, folder: Path) -> Library:
        """The runbooks of a folder, problems and all."""
        ...

    def actions(self) -> Catalogue: ...

    def manifest(self) -> str:
        """The Slack app's manifest as text."""
        ...

    def open_desk(self, settings: Settings) -> AbstractAsyncContextManager[Desk]:
        """Connected ports. Raises Unavailable, saying what does not answer."""
        ...

    def open_house(self, settings: Settings) -> AbstractAsyncContextManager[House]: ...

    def probes(self, settings: Settings) -> Sequence[Probe]:
        """What the doctor looks at."""
        ...

    def demo(self, wishes: DemoWishes) -> int:
        """Play the demo; answers the exit code."""
        ...
