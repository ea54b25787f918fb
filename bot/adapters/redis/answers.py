"""Redis's answer, or Unavailable: callers need not know the driver's errors."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from redis.exceptions import ConnectionError as RedisDown
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisLate

from bot.language import told
from bot.model.errors import Unavailable


async def answered(asked: Awaitable[Any]) -> Any:
    """What Redis said. An error of any kind is Unavailable: whether it was applied is not known."""
    try:
        return await asked
    except (RedisDown, RedisLate, OSError) as gone:
        raise Unavailable(told("Redis does not answer: {error}", error=gone)) from gone
    except ResponseError as refused:
        raise Unavailable(told("Redis refused: {error}", error=refused)) from refused
    except RedisError as broken:
        raise Unavailable(told("Redis failed: {error}", error=broken)) from broken
