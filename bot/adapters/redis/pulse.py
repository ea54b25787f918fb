"""Feels Redis's pulse: one small write into each shard every two seconds, and a look at its birth mark.

A read alone would not notice a full, read-only or replica-less server.
"""

from __future__ import annotations

import asyncio
import time
from typing import Literal

from redis.exceptions import ConnectionError as RedisDown
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisLate

from bot.adapters.redis import keys
from bot.adapters.redis.connection import follow, read_mark
from bot.adapters.redis.topology import Client, shards
from bot.language import told

TTL = 60


async def feel(redis: Client, owner: str) -> tuple[Literal["well", "away", "refuses"], str]:
    """How Redis is, and its birth mark when it is well (empty when the mark is gone), else why it is not."""
    try:
        await follow(redis)
        at = f"{time.time():.0f}"
        await asyncio.gather(*(redis.set(keys.pulse(owner, tag), at, ex=TTL) for tag in await shards(redis)))
        mark = await read_mark(redis)
    except (RedisDown, RedisLate, OSError) as gone:
        if _says_no(gone):
            return "refuses", told("Redis is not ready: {error}", error=gone)
        return "away", told("Redis does not answer: {error}", error=str(gone) or type(gone).__name__)
    except RedisError as refused:
        return "refuses", told("Redis takes no writes: {error}", error=refused)
    return "well", mark


async def try_out(redis: Client) -> None:
    """Do once what the bot does all the time: write, run a script, listen. Raises Redis's own errors."""
    key = keys.pulse("doctor")
    await redis.set(key, f"{time.time():.0f}", ex=TTL)
    await redis.eval("return redis.call('GET', KEYS[1])", 1, key)
    async with redis.pubsub() as hints:
        await hints.psubscribe(keys.CANCELLED)
        await hints.get_message(timeout=1)  # the answer: leave to listen, or none


def _says_no(error: Exception) -> bool:
    """LOADING and MASTERDOWN come as connection errors, but the server is there."""
    return any(word in str(error) for word in ("LOADING", "MASTERDOWN", "loading the dataset"))
