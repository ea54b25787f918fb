"""Plans that were shown, each until it expires."""

from __future__ import annotations

from datetime import timedelta

import structlog
from pydantic import ValidationError

from bot.adapters.redis import keys
from bot.adapters.redis.answers import answered
from bot.adapters.redis.topology import Client
from bot.model.plan import Plan
from bot.ports.clock import Clock

log = structlog.get_logger()


class RedisPlans:
    """`bot.ports.plans.ShownPlans`. Raises Unavailable while the store is away."""

    def __init__(self, redis: Client, clock: Clock) -> None:
        self._redis, self._clock = redis, clock

    async def put(self, plan: Plan) -> None:
        left = (plan.expires_at - self._clock.now()) // timedelta(milliseconds=1)
        if left > 0:
            await answered(self._redis.set(keys.plan(plan.run), plan.model_dump_json(), px=left))

    async def get(self, run: str) -> Plan | None:
        said: bytes | None = await answered(self._redis.get(keys.plan(run)))
        try:
            return None if said is None else Plan.model_validate_json(said)
        except ValidationError as unread:  # written by another version: it is made and shown anew
            log.warning("plan-not-understood", run=run, why=str(unread)[:200])
            return None
