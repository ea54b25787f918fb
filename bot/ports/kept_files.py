"""Where copies of files are kept that belong to a run's story."""

from __future__ import annotations

from typing import Protocol


class KeptFiles(Protocol):
    """Copies by run, named by their content."""

    async def keep(self, run: str, name: str, digest: str, content: bytes) -> None:
        """On disk when this returns; the same content twice is one copy. Raises Unavailable when the disk refuses."""
        ...
