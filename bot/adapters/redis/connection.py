"""One way to connect: short timeouts, no retried writes, and a store that is safe to trust before work begins.

redis-py's defaults wait 58 s on a frozen server and repeat a write whose answer was lost. Behind Sentinel the
primary is asked for anew whenever a connection is opened, so that a failover is followed without anybody's help.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, cast

from docket._redis_sentinel import OwnedSentinelConnectionPool, is_sentinel_url, parse_sentinel_url
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from bot.adapters.redis import keys
from bot.adapters.redis.answers import answered
from bot.language import told
from bot.model.errors import Unavailable

MOST_CONNECTIONS = 16
"""Redis answers one command at a time; more sockets only cost their opening (3 ms each)."""


class _SentinelPool(OwnedSentinelConnectionPool, BlockingConnectionPool):
    """Lets callers wait for a free connection, and opens each to whichever server is the primary then."""

    followed: tuple[str, int] | None = None
    """The primary as `follow` saw it last."""


def connect(url: str) -> Redis:
    """A client; nothing is sent before its first command. Raises Unavailable for a URL of a kind nobody knows here."""
    how: dict[str, Any] = {
        "max_connections": MOST_CONNECTIONS,
        "timeout": 5,
        "socket_timeout": 2,
        "socket_connect_timeout": 1,
        "health_check_interval": 5,
        "retry": Retry(NoBackoff(), 0),
        "retry_on_error": [],
    }
    try:
        pool = _sentinel(url, how) if is_sentinel_url(url) else BlockingConnectionPool.from_url(url, **how)
    except ValueError as unknown:
        raise Unavailable(
            f"REDIS_URL is not understood: {unknown}. It is redis://, rediss://, unix:// or "
            "redis+sentinel://host:port,host:port/name."
        ) from unknown
    return Redis(connection_pool=pool)


def _sentinel(url: str, how: dict[str, Any]) -> BlockingConnectionPool:
    """docket reads the same URL, so that both always mean the same servers."""
    told = parse_sentinel_url(url)
    asking = {name: how[name] for name in ("socket_connect_timeout", "retry")} | {"socket_timeout": 1}
    sentinels = Sentinel(told.sentinels, sentinel_kwargs=asking | told.sentinel_kwargs)  # type: ignore[no-untyped-call]  # redis-py's
    options = told.connection_kwargs | how
    return _SentinelPool(told.service_name, sentinels, db=told.db, **options)  # type: ignore[no-untyped-call]  # as above


async def follow(redis: Redis) -> None:
    """Behind Sentinel: let go of every connection to a server that is not the primary any more.

    One that stood still during its failover goes on as if nothing had happened, until the sentinels find it. What was
    under way is cut, and asked again by whoever asked.
    """
    pool = redis.connection_pool
    if not isinstance(pool, _SentinelPool):
        return
    primary = await pool.get_master_address()  # type: ignore[no-untyped-call]  # redis-py has no types for it
    if pool.followed not in (None, primary):
        await pool.disconnect(inuse_connections=True)
    pool.followed = primary


async def may_split(redis: Redis) -> bool:
    """Whether a primary that lost its replicas would go on taking writes, which a failover then loses."""
    try:
        if not (await redis.info("replication")).get("connected_slaves"):
            return False
        stored = await cast(Awaitable[dict[str, str]], redis.config_get("min-replicas-to-write"))
    except RedisError:
        return False  # managed stores hide CONFIG; how they fail over is their own
    return stored.get("min-replicas-to-write") == "0"


async def check(redis: Redis, *, url: str) -> list[str]:
    """What makes this Redis unsafe to trust, one sentence each with the remedy; empty when nothing does.

    Raises Unavailable when it does not answer at all.
    """
    try:
        memory = await redis.info("memory")
        persistence = await redis.info("persistence")
    except (RedisError, OSError) as gone:
        raise Unavailable(
            told(
                "Redis at {url} does not answer: {error}. Check REDIS_URL and that it runs. "
                "What this host last knew of its runs: dr rebuild",
                url=hidden(url),
                error=str(gone).rstrip("."),
            )
        ) from gone
    problems: list[str] = []
    policy = memory.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        problems.append(
            told("maxmemory-policy is {policy}; journals could be evicted. Set it to noeviction.", policy=policy)
        )
    if not persistence.get("aof_enabled"):
        problems.append(told("the append-only file is off; a restart would lose runs. Set appendonly to yes."))
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
    """The URL without its passwords; those of sentinels stand behind the question mark."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.partition('?')[0].rpartition('@')[2]}"
