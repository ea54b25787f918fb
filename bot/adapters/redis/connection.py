"""One way to connect: short timeouts, no retried writes, and a store that is safe to trust before work begins.

redis-py's defaults wait 58 s on a frozen server and repeat a write whose answer was lost.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from bot.adapters.redis import keys
from bot.adapters.redis.answers import answered
from bot.model.errors import Unavailable

MOST_CONNECTIONS = 16
"""Redis answers one command at a time; more sockets only cost their opening (3 ms each)."""


def connect(url: str) -> Redis:
    """A client; nothing is sent before its first command."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=MOST_CONNECTIONS,
        timeout=5,
        socket_timeout=2,
        socket_connect_timeout=1,
        health_check_interval=5,
        retry=Retry(NoBackoff(), 0),
        retry_on_error=[],
    )
    return Redis(connection_pool=pool)


async def check(redis: Redis, *, url: str) -> list[str]:
    """What makes this Redis unsafe to trust, one sentence each with the remedy; empty when nothing does.

    Raises Unavailable when it does not answer at all.
    """
    try:
        memory = await redis.info("memory")
        persistence = await redis.info("persistence")
    except (RedisError, OSError) as gone:
        raise Unavailable(
            f"Redis at {hidden(url)} does not answer: {str(gone).rstrip('.')}. Check REDIS_URL and that it runs. "
            "What this host last knew of its runs: dr rebuild"
        ) from gone
    problems = []
    policy = memory.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        problems.append(f"maxmemory-policy is {policy}; journals could be evicted. Set it to noeviction.")
    if not persistence.get("aof_enabled"):
        problems.append("the append-only file is off; a restart would lose runs. Set appendonly to yes.")
    return problems


async def has_barrier(redis: Redis) -> bool:
    """Whether durable appends can wait for the disk cheaply: own Redis ≥ 7.2 with appendfsync always.

    With `everysec`, WAITAOF waits for the next fsync (a second); then the intent rests on replication and the AOF.
    """
    try:
        stored = await cast(Awaitable[dict[str, str]], redis.config_get("appendfsync"))
        server = await redis.info("server")
    except RedisError:
        return False  # managed stores hide CONFIG; their durability is their own
    version = tuple(int(part) for part in str(server.get("redis_version", "0")).split(".")[:2])
    return stored.get("appendfsync") == "always" and version >= (7, 2)


class Unsafe(Unavailable):
    """This Redis answers, and must not be trusted with runs as it is configured."""


async def birth_mark(redis: Redis) -> str:
    """The store's birth mark; empty when it has none."""
    stored = await answered(redis.get(keys.INCARNATION))
    return stored.decode() if isinstance(stored, bytes) else ""


async def mark_installation(redis: Redis, incarnation: str) -> str:
    """The store's birth mark; written once. A store without it was wiped or is new."""
    await answered(redis.set(keys.INCARNATION, incarnation, nx=True))
    return await birth_mark(redis) or incarnation


def hidden(url: str) -> str:
    """The URL without its password."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"
