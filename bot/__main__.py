"""Start: hands the house to the command line.

The rooms are imported when a command asks for one, so that `dr --help` answers at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.app import run
from bot.cli.rooms import House, Remembered, Ruin

if TYPE_CHECKING:
    from bot.actions.catalogue import Catalogue
    from bot.ports.vitals import Probe
    from bot.runbook.library import Library
    from bot.settings import Settings
    from bot.usecases.desk import Desk
    from bot.usecases.rehearse import Theatre


class WiredRooms:
    """`bot.cli.rooms.Rooms` over the real house."""

    def library(self, settings: Settings) -> Library:
        from bot.wiring.opening import load_library

        return load_library(settings)

    def library_at(self, folder: Path) -> Library:
        from bot.runbook.library import Library

        return Library.load(folder, self.actions().specs)

    def actions(self) -> Catalogue:
        from bot.actions.catalogue import Catalogue

        return Catalogue.discover()

    def manifest(self) -> str:
        from bot.slack.manifest import manifest

        return json.dumps(manifest(), indent=2)

    def open_desk(self, settings: Settings) -> AbstractAsyncContextManager[Desk]:
        from bot.wiring.opening import open_desk

        return open_desk(settings)

    def open_house(self, settings: Settings, *, patient: bool = False) -> AbstractAsyncContextManager[House]:
        from bot.wiring.opening import open_house

        return open_house(settings, patient=patient)

    def remembered(self, places: Sequence[Path]) -> Remembered:
        from bot.wiring.store import remembered

        return remembered(places)

    def open_ruin(self, settings: Settings) -> AbstractAsyncContextManager[Ruin]:
        from bot.wiring.opening import open_ruin

        return open_ruin(settings)

    def probes(self, settings: Settings) -> Sequence[Sequence[Probe]]:
        from bot.wiring.checkup import probes

        return probes(settings)

    def theatre(self, settings: Settings) -> Theatre:
        from bot.wiring.stage import theatre

        return theatre(self.library(settings), self.actions())

    def demo(
        self, *, unattended: bool, kill: bool, port: int, out: Path, home: Path | None, browser: bool,
        runbooks: Path | None, world: Path | None,
    ) -> int:  # fmt: skip
        from bot.local.demo import Wishes, play
        from bot.slack.manifest import manifest

        return play(Wishes(unattended, kill, port, out, home, browser, runbooks, world), manifest())


def main() -> int:
    """The console script."""
    return run(sys.argv[1:], WiredRooms())


if __name__ == "__main__":
    sys.exit(main())
