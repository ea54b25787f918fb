"""Cases in a dictionary: the twin of the Redis ones, kept honest by the same contract tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.model.case import CaseEntry


class MemoryCases:
    """Implements `Cases` for one process."""

    def __init__(self) -> None:
        self._open: dict[str, str] = {}
        self._entries: dict[str, list[CaseEntry]] = {}

    async def open_for(self, service: str, case: str) -> str:
        return self._open.setdefault(service, case)

    async def close(self, service: str, case: str) -> None:
        if self._open.get(service) == case:
            del self._open[service]

    async def open_cases(self) -> Mapping[str, str]:
        return dict(self._open)

    async def recent(self, limit: int = 20) -> Sequence[str]:
        return list(reversed(self._entries))[:limit]

    async def read(self, case: str) -> Sequence[CaseEntry]:
        return tuple(self._entries.get(case, ()))

    async def append(self, case: str, entries: Sequence[CaseEntry], *, at: int) -> bool:
        if len(self._entries.get(case, ())) != at:
            return False
        self._entries.setdefault(case, []).extend(entries)
        return True
