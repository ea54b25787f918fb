"""Cases over journals in a dictionary: the twin of the Redis ones, kept honest by the same contract tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.adapters.cases import JournalledCases
from bot.adapters.memory.journal import MemoryJournals
from bot.model.case import CaseEntry
from bot.ports.journal import Journals


class MemoryCases(JournalledCases):
    """Implements `Cases` for one process."""

    def __init__(self, journals: Journals | None = None) -> None:
        super().__init__(journals or MemoryJournals())
        self._open: dict[str, str] = {}
        self._known: list[str] = []

    async def open_for(self, service: str, case: str) -> str:
        return self._open.setdefault(service, case)

    async def close(self, service: str, case: str) -> None:
        if self._open.get(service) == case:
            del self._open[service]

    async def open_cases(self) -> Mapping[str, str]:
        return dict(self._open)

    async def recent(self, limit: int = 20) -> Sequence[str]:
        return list(reversed(self._known))[:limit]

    async def append(self, case: str, entries: Sequence[CaseEntry], *, at: int) -> bool:
        done = await super().append(case, entries, at=at)
        if done and case not in self._known:
            self._known.append(case)
        return done
