"""Resource locks in a dictionary: the twin of the Redis ones, kept honest by the same contract tests."""

from __future__ import annotations

from collections.abc import Sequence

from bot.model.errors import Fenced
from bot.ports.journal import Journals
from bot.ports.locks import Holder, is_gone


class MemoryLocks:
    """Implements `Locks` for one process."""

    def __init__(self, journals: Journals) -> None:
        self._journals = journals
        self.held: dict[str, tuple[str, int]] = {}

    async def take(self, resources: Sequence[str], run: str, *, epoch: int) -> Holder | None:
        over: set[tuple[str, int]] = set()
        while (stands := self._in_the_way(resources, run, epoch, over)) is not None:
            resource, held = stands
            if held[0] == run:
                raise Fenced(f"{run} holds {resource} under epoch {held[1]}; ours was {epoch}")
            if not await is_gone(self._journals, held[0]):
                return Holder(resource, held[0])
            over.add(held)
        self.held |= dict.fromkeys(resources, (run, epoch))
        return None

    def _in_the_way(
        self, resources: Sequence[str], run: str, epoch: int, over: set[tuple[str, int]]
    ) -> tuple[str, tuple[str, int]] | None:
        for resource in resources:
            held = self.held.get(resource)
            if held is not None and held not in over and (held[0] != run or held[1] > epoch):
                return resource, held
        return None

    async def release(self, resources: Sequence[str], run: str, *, epoch: int) -> None:
        for resource in resources:
            holder, under = self.held.get(resource, ("", 0))
            if holder == run and under <= epoch:
                del self.held[resource]
