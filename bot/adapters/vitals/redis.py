"""How Redis is: reachable, safe to trust, durable, and whether its clock agrees with ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta

from redis.asyncio import Redis

from bot.adapters.redis.connection import birth_mark, check, connect, hidden, may_split
from bot.language import together, told
from bot.model.errors import Unavailable
from bot.ports.vitals import Vital

CLOCKS_AGREE = timedelta(seconds=1)
Opened = Callable[[], AbstractAsyncContextManager[str]]


class RedisProbe:
    """Looks at the Redis whose URL `opened` yields; an embedded one is started for the look."""

    name = "redis"
    remedy = told("Check REDIS_URL and that the server runs and can be reached from here.")

    def __init__(self, opened: Opened, remembers: Callable[[], tuple[int, str]] = lambda: (0, "")) -> None:
        self._opened, self._remembers = opened, remembers
        """`remembers`: how many open runs this host knows, and the birth mark of the Redis they live in."""

    async def look(self) -> Sequence[Vital]:
        async with self._opened() as url, _client(url) as redis:
            try:
                info = await redis.info("server")
                unsafe = await check(redis, url=url)
                split = await may_split(redis)
                offset = await clock_offset(redis)
                memory = _memory(await birth_mark(redis), *self._remembers())
            except Unavailable as gone:
                return [Vital(name="redis", state="failed", seen=str(gone), remedy=self.remedy)]
        version = info.get("redis_version") or told("of unknown version")
        return [
            Vital(name="redis", state="ok", seen=told("{version} at {url}", version=version, url=hidden(url))),
            _safety(unsafe, split),
            memory,
            _clock(offset),
        ]


async def clock_offset(redis: Redis) -> timedelta:
    """How far Redis's clock is ahead of ours, the round trip halved away."""
    before = datetime.now(UTC)
    seconds, micros = await redis.time()
    after = datetime.now(UTC)
    return datetime.fromtimestamp(seconds + micros / 1e6, UTC) - (before + (after - before) / 2)


def _safety(unsafe: Sequence[str], split: bool) -> Vital:
    if unsafe:
        return Vital(
            name="redis safety",
            state="failed",
            seen=together(unsafe, " "),
            remedy=told("Set maxmemory-policy noeviction and appendonly yes; see docs/operating.md."),
        )
    if split:
        return Vital(
            name="redis safety",
            state="warning",
            seen=told("a primary that has lost its replicas would still take writes, and a failover would lose them"),
            remedy=told("Set min-replicas-to-write 1 on every server."),
        )
    return Vital(name="redis safety", state="ok", seen=told("nothing is evicted, the append-only file is on"))


def _memory(mark: str, runs: int, wanted: str) -> Vital:
    """Whether it is the Redis in which this host's runs live."""
    if not runs or not wanted or mark == wanted:
        return Vital(name="redis memory", state="ok", seen=told("it knows what this host knows"))
    return Vital(
        name="redis memory",
        state="failed",
        seen=told("it does not know the {runs} open runs of this host: it was wiped, or it is another one", runs=runs),
        remedy=told("Look with: dr rebuild. Write them back, paused, with: dr rebuild --apply"),
    )


def _clock(offset: timedelta) -> Vital:
    seconds = offset.total_seconds()
    agrees = abs(offset) <= CLOCKS_AGREE
    remedy = "" if agrees else told("Synchronise both hosts' clocks (chrony or systemd-timesyncd).")
    by = f"{abs(seconds):.3f}"
    seen = (
        told("Redis is {seconds} s ahead", seconds=by)
        if seconds > 0
        else told("Redis is {seconds} s behind", seconds=by)
    )
    return Vital(name="clock against Redis", state="ok" if agrees else "failed", seen=seen, remedy=remedy)


@asynccontextmanager
async def _client(url: str) -> AsyncIterator[Redis]:
    redis = connect(url)
    try:
        yield redis
    finally:
        await redis.aclose(close_connection_pool=True)
