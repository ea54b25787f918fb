"""Copies of files under DR_HOME, beside the local journal.

Promises: whole or not at all, on disk before it is told; a name from outside is never a path. Refuses to know Slack.
"""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

from bot.language import told
from bot.model.errors import Unavailable

_UNSAFE = re.compile(r"[^\w.-]+")
MOST_NAME = 200
"""Bytes of a name: a file system counts those, not letters, and the digest stands in front."""


class FolderOfFiles:
    """Implements `KeptFiles`: `<folder>/<run>/<digest>-<name>`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def keep(self, run: str, name: str, digest: str, content: bytes) -> None:
        try:
            await asyncio.to_thread(self._write, self.place(run, name, digest), content)
        except OSError as full:
            raise Unavailable(told("The file could not be kept: {error}", error=full)) from full

    def place(self, run: str, name: str, digest: str) -> Path:
        """Where a copy lies."""
        return self._folder / harmless(run) / f"{digest[:16]}-{harmless(name)}"

    def _write(self, place: Path, content: bytes) -> None:
        if place.exists():
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # evidence is for the bot's own user
        place.parent.mkdir(mode=0o700, exist_ok=True)
        half = place.with_suffix(f"{place.suffix}.part")
        with half.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.replace(place)


def harmless(name: str) -> str:
    """A name that stays where it is put."""
    safe = _UNSAFE.sub("_", name.encode(errors="replace").decode()).strip("._")
    return safe.encode()[-MOST_NAME:].decode(errors="ignore") or "file"
