"""How the doors are, in one hash; whoever writes also sweeps out what nobody has renewed."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import Any, cast

from bot.adapters.redis import keys
from bot.adapters.redis.answers import answered
from bot.adapters.redis.topology import Client
from bot.ports.clock import Clock
from bot.ports.doors import DoorState

FORGOTTEN = timedelta(seconds=30)


class RedisDoors:
    """`bot.ports.doors.Doors`."""

    def __init__(self, redis: Client, clock: Clock) -> None:
        self._redis, self._clock = redis, clock

    async def tell(self, state: DoorState) -> None:
        field = f"{state.name}:{state.owner}"
        await answered(cast(Awaitable[Any], self._redis.hset(keys.DOORS, field, state.model_dump_json())))
        stored = await self._all()
        gone = [field for field, told in stored.items() if self._is_forgotten(told)]
        if gone:
            await answered(cast(Awaitable[Any], self._redis.hdel(keys.DOORS, *gone)))

    async def read(self) -> Sequence[DoorState]:
        return [told for told in (await self._all()).values() if not self._is_forgotten(told)]

    async def _all(self) -> dict[str, DoorState]:
        stored = await answered(cast(Awaitable[Any], self._redis.hgetall(keys.DOORS)))
        return {field.decode(): DoorState.model_validate_json(value) for field, value in stored.items()}

    def _is_forgotten(self, told: DoorState) -> bool:
        return self._clock.now() - told.at > FORGOTTEN
