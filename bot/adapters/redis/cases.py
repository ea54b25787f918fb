"""Cases in Redis: one list each, and two hints that tell which there are."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from importlib.resources import files
from typing import Any, cast

from redis.asyncio import Redis

from bot.adapters.redis import keys
from bot.adapters.redis.answers import answered
from bot.model.case import CaseEntry

KEPT_IN_RECENT = 200


class RedisCases:
    """Implements `Cases`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._append = redis.register_script(files(__package__).joinpath("case.lua").read_text())

    async def open_for(self, service: str, case: str) -> str:
        await answered(cast(Awaitable[Any], self._redis.hsetnx(keys.CASES_OPEN, service, case)))
        held = await answered(cast(Awaitable[Any], self._redis.hget(keys.CASES_OPEN, service)))
        return held.decode() if held is not None else case

    async def close(self, service: str, case: str) -> None:
        held = await answered(cast(Awaitable[Any], self._redis.hget(keys.CASES_OPEN, service)))
        if held is not None and held.decode() == case:
            await answered(cast(Awaitable[Any], self._redis.hdel(keys.CASES_OPEN, service)))

    async def open_cases(self) -> Mapping[str, str]:
        found = await answered(cast(Awaitable[Any], self._redis.hgetall(keys.CASES_OPEN)))
        return {service.decode(): case.decode() for service, case in found.items()}

    async def recent(self, limit: int = 20) -> Sequence[str]:
        return [case.decode() for case in await answered(self._redis.zrevrange(keys.CASES, 0, limit - 1))]

    async def read(self, case: str) -> Sequence[CaseEntry]:
        found = await answered(cast(Awaitable[Any], self._redis.lrange(keys.case(case), 0, -1)))
        return tuple(CaseEntry.model_validate_json(line) for line in found)

    async def append(self, case: str, entries: Sequence[CaseEntry], *, at: int) -> bool:
        lines = [entry.model_dump_json() for entry in entries]
        if not await answered(self._append(keys=[keys.case(case)], args=[at, *lines])):
            return False
        if at == 0:
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.zadd(keys.CASES, {case: entries[0].at.timestamp()})
                pipe.zremrangebyrank(keys.CASES, 0, -KEPT_IN_RECENT - 1)
                await answered(pipe.execute())
        return True
