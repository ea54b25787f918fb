"""How the files are: runbooks that load, and a home that can be written."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.ports.vitals import Vital
from bot.runbook.library import Library

ENOUGH = 200 * 1024 * 1024  # bytes for journals and exports


class RunbookProbe:
    """Loads the runbooks as the bot would."""

    name = "runbooks"
    remedy = "Set DR_RUNBOOKS to the folder with catalog.yaml."

    def __init__(self, load: Callable[[], Library]) -> None:
        self._load = load

    async def look(self) -> Sequence[Vital]:
        library = self._load()
        broken = [problem for problem in library.problems if problem.level == "error"]
        if broken:
            seen = f"{len(broken)} mistakes, the first: {broken[0]}"
            return [Vital(name="runbooks", state="failed", seen=seen, remedy="See them all with: dr lint")]
        seen = f"{len(library.runbooks)} loaded, for {len(library.catalog.services)} services"
        return [Vital(name="runbooks", state="ok", seen=seen)]


class DiskProbe:
    """Writes a file in the bot's home."""

    name = "disk"

    def __init__(self, home: Path) -> None:
        self._home = home
        self.remedy = f"Make {home} writable for this user, or set DR_HOME to a folder that is."

    async def look(self) -> Sequence[Vital]:
        self._home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self._home) as file:
            file.write(b"written")
        free = shutil.disk_usage(self._home).free
        seen = f"{self._home} can be written, {free // 2**20} MB free"
        if free < ENOUGH:
            return [Vital(name="disk", state="warning", seen=seen, remedy="Free some space; journals only grow.")]
        return [Vital(name="disk", state="ok", seen=seen)]
