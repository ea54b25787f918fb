"""Resource locks in a dictionary: the twin of the Redis ones, kept honest by the same contract tests."""

from __future__ import annotations

from bot.model.errors import Fenced
from bot.ports.journal import Journals
from bot.ports.locks import is_gone


class MemoryLocks:
    """Implements `Locks` for one process."""

    def __init__(self, journals: Journals) -> None:
        self._journals = journals
        self.held: dict[str, tuple[str, int]] = {}

    async def take(self, resource: str, run: str, *, epoch: int) -> str | None:
        holder = self.held.get(resource)
        if holder is not None and holder[0] != run:
            if not await is_gone(self._journals, holder[0]) or self.held.get(resource) != holder:
                return self.held.get(resource, holder)[0]
        elif holder is not None and holder[1] > epoch:
            raise Fenced(f"{run} holds {resource} under epoch {holder[1]}; ours was {epoch}")
        self.held[resource] = (run, epoch)
        return None

    async def release(self, resource: str, run: str, *, epoch: int) -> None:
        holder = self.held.get(resource)
        if holder is not None and holder[0] == run and holder[1] <= epoch:
            del self.held[resource]
