"""How Redis is: reachable, safe to trust, durable, and whether its clock agrees with ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

from bot.adapters.redis.connection import birth_mark, check, connect, flushes_late, hidden, may_split
from bot.adapters.redis.journal import RedisJournals, unknown
from bot.adapters.redis.pulse import try_out
from bot.adapters.redis.topology import Client, each
from bot.language import together, told
from bot.model.errors import Unavailable
from bot.ports.vitals import Vital

CLOCKS_AGREE = timedelta(seconds=1)
TRIES = 3
"""A second each where nothing answers, well within what the doctor grants a probe."""
PASSWORD = told(
    "Correct the user and the password in REDIS_URL: redis://USER:PASSWORD@HOST:PORT, with / @ : # ? and % in them "
    "written as %2F %40 %3A %23 %3F and %25."
)
PERMISSIONS = told("Allow this user what docs/operating.md lists under Redis: keys, channels and commands.")
WRITES = told("Let this Redis take writes: free its memory or disk, bring its replicas back, or name the primary.")
Opened = Callable[[], AbstractAsyncContextManager[str]]


class RedisProbe:
    """Looks at the Redis whose URL `opened` yields; an embedded one is started for the look."""

    name = "redis"
    remedy = told(
        "Check REDIS_URL (address, password, rediss:// exactly where the server speaks TLS, with ?ssl_ca_certs=FILE "
        "for an authority of your own), that the server runs, and that it can be reached from here."
    )

    def __init__(
        self,
        opened: Opened,
        remembers: Callable[[], tuple[Sequence[str], str]] = lambda: ((), ""),
        *,
        provider_keeps: bool = False,
    ) -> None:
        self._opened, self._remembers, self._provider_keeps = opened, remembers, provider_keeps
        """`remembers`: the open runs and cases that this host knows, and the birth mark of the Redis they live in."""

    async def look(self) -> Sequence[Vital]:
        """Asked again where no word came: while all probes begin at once, it may be us who stood still."""
        async with self._opened() as url, _client(url) as redis:
            why = ""
            for _ in range(TRIES):
                try:
                    return await self._asked(redis, url)
                except (AuthenticationError, ResponseError) as refused:
                    return [Vital(name="redis", state="failed", seen=str(refused), remedy=_remedy(refused))]
                except Unavailable as gone:
                    why = str(gone)
            return [Vital(name="redis", state="failed", seen=why, remedy=self.remedy)]

    async def _asked(self, redis: Client, url: str) -> Sequence[Vital]:
        servers = await each(redis, "INFO", "server")
        await try_out(redis)
        unsafe = await check(redis, url=url, provider_keeps=self._provider_keeps)
        split = await may_split(redis)
        late = await flushes_late(redis)
        offset = await clock_offset(redis)
        runs, wanted = self._remembers()
        is_same = not wanted or await birth_mark(redis) == wanted
        memory = _memory(() if is_same else await unknown(RedisJournals(redis), runs))
        return [
            Vital(name="redis", state="ok", seen=_seen(servers, url)),
            _safety(unsafe, split, late, self._provider_keeps),
            memory,
            _clock(offset),
        ]


def _remedy(refused: Exception) -> str:
    match refused:
        case AuthenticationError():
            return PASSWORD
        case NoPermissionError():
            return PERMISSIONS
    return WRITES


async def clock_offset(redis: Client) -> timedelta:
    """How far Redis's clock is ahead of ours, the round trip halved away; of several clocks the worst."""
    before = datetime.now(UTC)
    read = await each(redis, "TIME")
    after = datetime.now(UTC)
    ours = before + (after - before) / 2
    return max((datetime.fromtimestamp(seconds + micros / 1e6, UTC) - ours for seconds, micros in read), key=abs)


def _seen(servers: Sequence[Mapping[str, Any]], url: str) -> str:
    versions = sorted({str(server.get("redis_version") or told("of unknown version")) for server in servers})
    if len(servers) == 1:
        return told("{version} at {url}", version=versions[0], url=hidden(url))
    named = ", ".join(versions)
    return told("{version} at {url}, {count} servers", version=named, url=hidden(url), count=len(servers))


def _safety(unsafe: Sequence[str], split: bool, late: bool, provider_keeps: bool) -> Vital:
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
    if late and not provider_keeps:
        return Vital(
            name="redis safety",
            state="warning",
            seen=told("a power cut at Redis would lose what it acknowledged last"),
            remedy=told("Set appendfsync always, or everysec on a server that has a replica."),
        )
    kept = told("nothing is evicted, the append-only file is on")
    vouched = told("nothing is evicted, and somebody vouches for its provider keeping every write")
    return Vital(name="redis safety", state="ok", seen=vouched if provider_keeps else kept)


def _memory(lost: Sequence[str]) -> Vital:
    """Whether it is the Redis in which this host's runs live."""
    if not lost:
        return Vital(name="redis memory", state="ok", seen=told("it knows what this host knows"))
    return Vital(
        name="redis memory",
        state="failed",
        seen=told("it was wiped, or it is another one: it does not know {runs}", runs=lost[:5]),
        remedy=told(
            "Look with: dr rebuild. Write them back, paused, with: dr rebuild --apply. Where this Redis is new on "
            "purpose, move DR_HOME/journal away."
        ),
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
async def _client(url: str) -> AsyncIterator[Client]:
    redis = connect(url)
    try:
        yield redis
    finally:
        await redis.aclose(close_connection_pool=True)
