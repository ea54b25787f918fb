"""Cases in Redis: each a journal, and the index that tells which there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.adapters.cases import JournalledCases
from bot.adapters.redis.case_index import CaseIndex
from bot.adapters.redis.topology import Client
from bot.ports.journal import Journals


class RedisCases(JournalledCases):
    """Implements `Cases`."""

    def __init__(self, redis: Client, journals: Journals) -> None:
        super().__init__(journals)
        self._index = CaseIndex(redis)

    async def open_for(self, service: str, case: str) -> str:
        return await self._index.open_for(service, case)

    async def close(self, service: str, case: str) -> None:
        await self._index.close(service, case)

    async def open_cases(self) -> Mapping[str, str]:
        return await self._index.open_cases()

    async def recent(self, limit: int = 20) -> Sequence[str]:
        return await self._index.recent(limit)
