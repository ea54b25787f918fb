"""Which cases there are and which are open: two hints in Redis, rebuilt from the cases' journals."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from bot.adapters.redis import keys
from bot.adapters.redis.answers import answered
from bot.adapters.redis.topology import Client

KEPT_IN_RECENT = 200


class CaseIndex:
    """The two hints."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    async def open_for(self, service: str, case: str) -> str:
        """Make `case` the service's open one, unless there is one already; answers the one that stands."""
        await answered(cast(Awaitable[Any], self._redis.hsetnx(keys.CASES_OPEN, service, case)))
        held = await answered(cast(Awaitable[Any], self._redis.hget(keys.CASES_OPEN, service)))
        return held.decode() if held is not None else case

    async def close(self, service: str, case: str) -> None:
        """The service has no open case any more, if it was this one."""
        held = await answered(cast(Awaitable[Any], self._redis.hget(keys.CASES_OPEN, service)))
        if held is not None and held.decode() == case:
            await answered(cast(Awaitable[Any], self._redis.hdel(keys.CASES_OPEN, service)))

    async def open_cases(self) -> Mapping[str, str]:
        """Service to its open case."""
        found = await answered(cast(Awaitable[Any], self._redis.hgetall(keys.CASES_OPEN)))
        return {service.decode(): case.decode() for service, case in found.items()}

    async def recent(self, limit: int) -> Sequence[str]:
        """Cases, open and closed, newest first."""
        return [case.decode() for case in await answered(self._redis.zrevrange(keys.CASES, 0, limit - 1))]

    async def opened(self, service: str, case: str, at: datetime) -> None:
        """List a case that has begun."""
        listed = (
            self._redis.hset(keys.head(case), "service", service),
            self._redis.zadd(keys.CASES, {case: at.timestamp()}),
            self._redis.hsetnx(keys.CASES_OPEN, service, case),
        )
        await answered(asyncio.gather(*cast(Sequence[Awaitable[Any]], listed)))
        await answered(self._redis.zremrangebyrank(keys.CASES, 0, -KEPT_IN_RECENT - 1))

    async def ended(self, case: str) -> None:
        """A case that was answered is open no longer."""
        service = await answered(cast(Awaitable[Any], self._redis.hget(keys.head(case), "service")))
        if service is not None:
            await self.close(service.decode(), case)
