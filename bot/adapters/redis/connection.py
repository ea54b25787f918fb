"""One way to connect: short timeouts, no retried writes, and a store that is safe to trust before work begins.

redis-py's defaults wait 58 s on a frozen server and repeat a write whose answer was lost. Behind Sentinel the
primary is asked for anew whenever a connection is opened, so that a failover is followed without anybody's help. In a
cluster the servers themselves tell who has what, and every one of them is asked whether it is safe.
"""

from __future__ import annotations

import asyncio
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.driver_info import DriverInfo
from redis.exceptions import RedisError

from bot.adapters.redis import keys
from bot.adapters.redis.answers import answered
from bot.adapters.redis.sentinels import WatchedPool, is_watched
from bot.adapters.redis.topology import Client, Cluster, each, is_cluster, shards
from bot.language import told
from bot.model.errors import Unavailable

MOST_CONNECTIONS = 16
"""Redis answers one command at a time; more sockets only cost their opening (3 ms each)."""


def connect(url: str) -> Client:
    """A client; nothing is sent before its first command. Raises Unavailable for a URL of a kind nobody knows here."""
    how: dict[str, Any] = {
        "max_connections": MOST_CONNECTIONS,
        "timeout": 5,
        "socket_timeout": 2,
        "socket_connect_timeout": 1,
        "health_check_interval": 5,
        "retry": Retry(NoBackoff(), 0),
        "retry_on_error": [],
        "driver_info": DriverInfo(),  # else every connection looks redis-py's version up anew: 0.7 ms
        "protocol": 2,  # opens with two round trips instead of four: half a second each on a bad day
    }
    try:
        if is_cluster(url):
            return _cluster(url, how)
        pool = WatchedPool.of(url, how) if is_watched(url) else BlockingConnectionPool.from_url(url, **how)
    except ValueError as unknown:
        raise Unavailable(
            told(
                "REDIS_URL is not understood: {why}. It is redis://, rediss://, unix:// or "
                "redis+sentinel://host:port,host:port/name or redis+cluster://host:port.",
                why=_of_a_password() if "@" in url else unknown,
            )
        ) from None  # what could not be read may be half a password
    return Redis(connection_pool=pool)


def _of_a_password() -> str:
    return told("a / @ : # ? or % in the user or the password is written as %2F %40 %3A %23 %3F or %25")


def _cluster(url: str, how: dict[str, Any]) -> Cluster:
    """One server is named; it tells the others. docket reads the same URL in the same way."""
    own = {name: value for name, value in how.items() if name not in ("max_connections", "timeout", "retry_on_error")}
    return Cluster.of(url, connections=how["max_connections"], patience=how["timeout"], **own)


async def follow(redis: Client) -> None:
    """Behind Sentinel: let go of every connection to a server that is not the primary any more.

    One that stood still during its failover goes on as if nothing had happened, until the sentinels find it. What was
    under way is cut, and asked again by whoever asked.
    """
    if isinstance(redis, Cluster):  # whoever has lost its slots there says where they are, once it hears of it
        await redis.keep_up()
        return
    pool = redis.connection_pool
    if not isinstance(pool, WatchedPool):
        return
    primary = await pool.get_master_address()  # type: ignore[no-untyped-call]  # redis-py has no types for it
    if pool.followed not in (None, primary):
        await pool.disconnect(inuse_connections=True)
    pool.followed = primary


async def may_split(redis: Client) -> bool:
    """Whether a primary that lost its replicas would go on taking writes, which a failover then loses."""
    try:
        replicated = await each(redis, "INFO", "replication")
        if not any(said.get("connected_slaves") for said in replicated):
            return False
        stored = await each(redis, "CONFIG GET", "min-replicas-to-write")
    except RedisError:
        return False  # managed stores hide CONFIG; how they fail over is their own
    return any(said.get("min-replicas-to-write") == "0" for said in stored)


async def flushes_late(redis: Client) -> bool:
    """Whether an acknowledged write may be on no disk yet, and on no other server either."""
    try:
        replicated = await each(redis, "INFO", "replication")
        stored = await each(redis, "CONFIG GET", "appendfsync")
    except RedisError:
        return False  # as above
    enough = {"always"} | ({"everysec"} if all(said.get("connected_slaves") for said in replicated) else set())
    return any(said.get("appendfsync", "always") not in enough for said in stored)


async def check(redis: Client, *, url: str, provider_keeps: bool = False) -> list[str]:
    """What makes this Redis unsafe to trust, one sentence each with the remedy; empty when nothing does.

    `provider_keeps`: somebody vouches for a managed store that keeps its writes elsewhere than in an append-only
    file. Raises Unavailable when it does not answer at all.
    """
    try:
        memory = await each(redis, "INFO", "memory")
        persistence = await each(redis, "INFO", "persistence")
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
    for policy in {said.get("maxmemory_policy", "noeviction") for said in memory} - {"noeviction"}:
        problems.append(
            told("maxmemory-policy is {policy}; journals could be evicted. Set it to noeviction.", policy=policy)
        )
    if not provider_keeps and not all(said.get("aof_enabled") for said in persistence):
        problems.append(
            told(
                "the append-only file is off; a restart would lose runs. Set appendonly to yes, or "
                "DR_REDIS_DURABILITY=provider for a managed store that keeps every write by other means."
            )
        )
    return problems


async def has_barrier(redis: Client) -> bool:
    """Whether durable appends can wait for the disk cheaply: own Redis ≥ 7.2 with appendfsync always.

    With `everysec`, WAITAOF waits for the next fsync (a second); then the intent rests on replication and the AOF.
    """
    try:
        stored = await each(redis, "CONFIG GET", "appendfsync")
        servers = await each(redis, "INFO", "server")
    except RedisError:
        return False  # managed stores hide CONFIG; their durability is their own
    versions = [tuple(int(part) for part in str(said.get("redis_version", "0")).split(".")[:2]) for said in servers]
    return all(said.get("appendfsync") == "always" for said in stored) and min(versions) >= (7, 2)


class Unsafe(Unavailable):
    """This Redis answers, and must not be trusted with runs as it is configured."""


async def birth_mark(redis: Client) -> str:
    """The store's birth mark; empty when it has none, or when one of its shards has lost it."""
    mark: str = await answered(read_mark(redis))
    return mark


async def read_mark(redis: Client) -> str:
    """As `birth_mark`, with Redis's own errors."""
    places = {keys.INCARNATION, *(keys.incarnation(tag) for tag in await shards(redis))}
    marks = set(await asyncio.gather(*(redis.get(place) for place in places)))
    stored = marks.pop()
    return stored.decode() if isinstance(stored, bytes) and not marks else ""


async def mark_installation(redis: Client, incarnation: str) -> str:
    """The store's birth mark; written once. A store without it was wiped or is new."""
    await answered(redis.set(keys.INCARNATION, incarnation, nx=True))
    stored = await answered(redis.get(keys.INCARNATION))
    await mark_again(redis, stored.decode() if isinstance(stored, bytes) else incarnation)
    return await birth_mark(redis) or incarnation


async def mark_again(redis: Client, mark: str) -> None:
    """From here on the store counts as the one that has this mark, in each of its shards."""
    tags = keys.TAGS if isinstance(redis, Cluster) else ()
    await answered(asyncio.gather(*(redis.set(keys.incarnation(tag), mark) for tag in ("", *tags))))


def hidden(url: str) -> str:
    """The URL without its passwords; those of sentinels stand behind the question mark."""
    scheme, separator, rest = url.partition("://")
    place, _, query = rest.partition("?")
    shown = place.rpartition("@")[2] if "@" not in query else "…"  # a password with a question mark, not written as %3F
    return f"{scheme}{separator}{shown}"
