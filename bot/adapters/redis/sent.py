"""What stands in Slack for each run, and who may post."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import Any, cast

from bot.adapters.redis import keys
from bot.adapters.redis.answers import answered
from bot.adapters.redis.topology import Client
from bot.ports.sent import Sent

_RENEW = """
if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("PEXPIRE", KEYS[1], ARGV[2]) end
return 0
"""
_RELEASE = """
if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end
return 0
"""


class RedisSent:
    """One hash per run."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    async def load(self, run: str) -> Mapping[str, Sent]:
        stored = await answered(cast(Awaitable[Any], self._redis.hgetall(keys.sent(run))))
        return {key.decode(): Sent.model_validate_json(value) for key, value in stored.items()}

    async def put(self, run: str, key: str, sent: Sent) -> None:
        await answered(cast(Awaitable[Any], self._redis.hset(keys.sent(run), key, sent.model_dump_json())))


class RedisLeases:
    """SET NX PX, renewed and released only by the holder."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis
        self._renew = redis.register_script(_RENEW)
        self._release = redis.register_script(_RELEASE)

    async def hold(self, name: str, owner: str, *, ttl: timedelta) -> bool:
        key, milliseconds = keys.lease(name), int(ttl.total_seconds() * 1000)
        if await answered(self._redis.set(key, owner, nx=True, px=milliseconds)):
            return True
        return bool(await answered(self._renew(keys=[key], args=[owner, milliseconds])))

    async def release(self, name: str, owner: str) -> None:
        await answered(self._release(keys=[keys.lease(name)], args=[owner]))
