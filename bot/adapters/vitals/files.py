"""How the files are: runbooks that load, and a home that can be written."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.language import told, told_n
from bot.ports.vitals import Vital
from bot.runbook.library import Library

ENOUGH = 200 * 1024 * 1024  # bytes for journals and exports


class RunbookProbe:
    """Loads the runbooks as the bot would."""

    name = "runbooks"
    remedy = told("Set DR_RUNBOOKS to a folder that holds catalog.yaml and that this user may read.")

    def __init__(self, load: Callable[[], Library]) -> None:
        self._load = load

    async def look(self) -> Sequence[Vital]:
        library = self._load()
        broken = [problem for problem in library.problems if problem.level == "error"]
        if broken:
            seen = told("Mistakes: {count}; the first: {problem}", count=len(broken), problem=str(broken[0]))
            return [Vital(name="runbooks", state="failed", seen=seen, remedy=told("See them all with: dr lint"))]
        books, services = len(library.runbooks), len(library.catalog.services)
        seen = told_n(
            "{books} loaded, for {count} service", "{books} loaded, for {count} services", services, books=books
        )
        return [Vital(name="runbooks", state="ok", seen=seen)]


class DiskProbe:
    """Writes a file in the bot's home."""

    name = "disk"

    def __init__(self, home: Path) -> None:
        self._home = home
        self.remedy = told(
            "Make {folder} writable for this user, on a disk with space, or set DR_HOME to a folder that is.",
            folder=home,
        )

    async def look(self) -> Sequence[Vital]:
        self._home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self._home) as file:
            file.write(b"written")
        free = shutil.disk_usage(self._home).free
        seen = told("{folder} can be written, {free} MB free", folder=self._home, free=free // 2**20)
        if free < ENOUGH:
            remedy = told("Free some space; journals only grow.")
            return [Vital(name="disk", state="warning", seen=seen, remedy=remedy)]
        return [Vital(name="disk", state="ok", seen=seen)]
