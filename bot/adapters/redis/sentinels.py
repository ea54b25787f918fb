"""Behind Sentinel: who is asked for the primary, and connections that lead to whoever it is then.

The URL is docket's: `redis+sentinel://[user:password@]host[:port][,host[:port]…]/name[/db][?options]`, where the login
is the servers' own and `sentinel_username` and `sentinel_password` are the sentinels'. Refuses to know what is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from redis.asyncio import BlockingConnectionPool
from redis.asyncio.connection import parse_url
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool

SCHEMES = ("redis+sentinel", "rediss+sentinel")
PORT = 26379
"""Where sentinels listen when nothing else is said."""


@dataclass(frozen=True)
class Watch:
    """What a URL tells: the sentinels, the name of what they watch, and how to reach the servers and the sentinels."""

    sentinels: tuple[tuple[str, int], ...]
    name: str
    db: int
    servers: Mapping[str, Any]
    own: Mapping[str, Any]


def is_watched(url: str) -> bool:
    """Whether sentinels tell who is the primary."""
    return url.partition("://")[0] in SCHEMES


def read(url: str) -> Watch:
    """Raises ValueError, saying what is missing or cannot be."""
    scheme, _, rest = url.partition("://")
    place, _, options = rest.partition("?")
    hosts, _, path = place.partition("/")
    login, _, hosts = hosts.rpartition("@")
    name, _, db = path.strip("/").partition("/")
    sentinels = tuple(_member(host) for host in hosts.split(",") if host.strip())
    if not sentinels or not name:
        raise ValueError("it names no sentinel" if not sentinels else "it does not name what the sentinels watch")
    if db and not db.isdecimal():
        raise ValueError(f"{db} is no number of a database")
    asked = dict(parse_qsl(options, keep_blank_values=True))
    own = {word: asked.pop(f"sentinel_{word}", "") for word in ("username", "password")}
    typed = parse_url(f"redis:///?{urlencode(asked)}")
    servers: dict[str, Any] = {
        word: value for word, value in typed.items() if word not in ("db", "username", "password")
    }
    user, _, password = login.partition(":")
    servers |= {word: unquote(value) for word, value in (("username", user), ("password", password)) if value}
    asking: dict[str, Any] = {word: value for word, value in own.items() if value}
    if scheme == "rediss+sentinel":
        servers["ssl"] = asking["ssl"] = True
        asking |= {word: value for word, value in servers.items() if word.startswith("ssl_")}
    return Watch(sentinels, name, int(db or 0), servers, asking)


def _member(host: str) -> tuple[str, int]:
    parts = urlsplit(f"//{host.strip()}")
    if not parts.hostname:
        raise ValueError(f"{host} is no host")
    return parts.hostname, parts.port or PORT


class WatchedPool(SentinelConnectionPool, BlockingConnectionPool):
    """Lets callers wait for a free connection, opens each to whichever server is the primary then, and takes the
    connections to the sentinels down with it."""

    followed: tuple[str, int] | None = None
    """The primary as it was last asked for."""

    @classmethod
    def of(cls, url: str, how: Mapping[str, Any]) -> WatchedPool:
        watch = read(url)
        asking = {name: how[name] for name in ("socket_connect_timeout", "retry")} | {"socket_timeout": 1}
        sentinels = Sentinel(watch.sentinels, sentinel_kwargs={**asking, **watch.own})  # type: ignore[no-untyped-call]  # redis-py's
        return cls(watch.name, sentinels, db=watch.db, **{**watch.servers, **how})

    async def aclose(self) -> None:
        await super().aclose()
        for sentinel in self.sentinel_manager.sentinels:
            await sentinel.aclose()
