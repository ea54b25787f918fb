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
    from bot.ports.clock import Clock
    from bot.ports.vitals import Probe
    from bot.ports.witness import Memory, Refillable
    from bot.runbook.library import Library
    from bot.settings import Settings
    from bot.usecases.desk import Desk
    from bot.usecases.rehearse import Theatre


class House(Protocol):
    """A desk whose runs are driven."""

    @property
    def desk(self) -> Desk: ...

    async def is_attended(self) -> bool:
        """Whether runs are driven by somebody already, here or elsewhere."""
        ...

    async def work(self, stop: asyncio.Event) -> None:
        """Drive runs until `stop` is set."""
        ...

    async def serve(self, stop: asyncio.Event) -> None:
        """Drive runs and answer Slack until `stop` is set."""
        ...


@dataclass(frozen=True)
class Remembered:
    """What local journals hold."""

    memories: Sequence[Memory]
    birth_mark: str
    """Of the Redis that these runs lived in."""
    damaged: int
    newer: tuple[str, ...] = ()
    """Runs and cases that take a newer bot to rebuild."""


class Ruin(Protocol):
    """A Redis that has lost runs."""

    @property
    def journals(self) -> Refillable: ...

    @property
    def clock(self) -> Clock: ...

    async def give_birth_mark(self, mark: str) -> None:
        """From here on it counts as the one it was."""
        ...


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

    def open_house(self, settings: Settings, *, patient: bool = False) -> AbstractAsyncContextManager[House]:
        """`patient` waits for a Redis that does not answer; else Unavailable."""
        ...

    def remembered(self, places: Sequence[Path]) -> Remembered: ...

    def open_ruin(self, settings: Settings) -> AbstractAsyncContextManager[Ruin]:
        """Redis as it is, wiped or not. Raises Unavailable when it does not answer or is not safe."""
        ...

    def probes(self, settings: Settings) -> Sequence[Sequence[Probe]]:
        """What the doctor looks at, one stage behind the other."""
        ...

    def theatre(self, settings: Settings) -> Theatre:
        """A stage for rehearsals: nothing behind it is real."""
        ...

    def demo(
        self, *, unattended: bool, kill: bool, port: int, out: Path, home: Path | None, browser: bool,
        runbooks: Path | None, world: Path | None,
    ) -> int:  # fmt: skip
        """Play the demo; answers the exit code.

        `kill` sends the bot SIGKILL in the middle of the promotion; `home` None is a folder that is removed again.
        `runbooks` are somebody's own, and `world` adds to the local AWS what they are about.
        """
        ...
