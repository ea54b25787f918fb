"""Which servers there are: one, whichever one Sentinel names, or the shards of a cluster.

Promises: a cluster is used like one server. Its failures are those of a connection, whoever reports them; callers wait
for a free connection instead of being refused one; what one server alone cannot tell is asked of every server.
Refuses to know what is stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.exceptions import AskError, MovedError, RedisClusterException, RedisError
from redis.exceptions import ConnectionError as RedisDown

from bot.adapters.redis import keys

GONE = (RedisError, RedisClusterException, OSError)
"""Every way in which a store does not answer; redis-py gives its cluster's errors a family of their own."""
_FOREVER = 0
"""A slot that has moved is learned by itself; forgetting the whole map would cut every connection."""


def is_cluster(url: str) -> bool:
    """Whether docket, too, takes this URL for a cluster's."""
    return url.partition("://")[0] in ("redis+cluster", "rediss+cluster")


class Cluster(RedisCluster):
    """redis-py's client of a cluster, in the manners of its client of one server."""

    def __init__(self, *, connections: int, patience: float, **how: Any) -> None:
        super().__init__(reinitialize_steps=_FOREVER, **how)
        self._room = asyncio.Semaphore(connections)
        self._connections, self._patience = connections, patience
        self._pools: dict[str, BlockingConnectionPool] = {}
        self._named = [(str(how["host"]), int(how["port"]))]
        """The server of the URL, often a name for whoever is there; redis-py forgets it for those it leads to."""
        self._doubted: str | None = None
        """A server that did not answer: the map may be of yesterday."""

    @classmethod
    def of(cls, url: str, *, connections: int, patience: float, **how: Any) -> Cluster:
        """Nothing is sent yet. Raises ValueError for a URL that names no cluster."""
        plain = url.replace("+cluster://", "://", 1)
        try:
            return cls.from_url(plain, connections=connections, patience=patience, **how)  # type: ignore[return-value]  # it makes a cls
        except RedisClusterException as unknown:
            raise ValueError(str(unknown)) from unknown

    async def execute_command(self, *words: Any, **how: Any) -> Any:
        """The answer. Whatever the cluster cannot do is a lost connection to whoever asks."""
        try:
            async with self._room:
                return await super().execute_command(*words, **how)
        except (RedisClusterException, KeyError) as lost:  # KeyError: no slot is known yet
            raise RedisDown(f"the cluster does not answer: {lost}") from lost

    async def initialize(self, *failed: Any, **how: Any) -> Cluster:
        """Know the map of slots; asked for anew when a server has gone."""
        try:
            await super().initialize(*failed, **{"additional_startup_nodes_info": self._named, **how})
            if self._doubted is not None:
                doubted, self._doubted = self._doubted, None
                await self._learn(doubted)
        except RedisClusterException as lost:
            raise RedisDown(f"the cluster does not answer: {lost}") from lost
        return self

    async def _learn(self, doubted: str | None = None) -> None:
        await self.nodes_manager.initialize(self._named, last_failed_node_name=doubted)

    async def keep_up(self) -> None:
        """Know servers that have come since: whoever knows only those that are gone finds nobody to ask."""
        await self.initialize()
        asked = self.get_random_primary_node()
        slots: Mapping[Any, Any] = await self.execute_command("CLUSTER SLOTS", target_nodes=asked)
        there = [place for share in slots.values() for place in (share["primary"], *share["replicas"])]
        names = {f"{host or asked.host}:{port}" for host, port in there}
        if names != {server.name for server in self.get_nodes()}:
            await self._learn()

    def doubt(self, server: ClusterNode) -> None:
        """It did not answer, or has no say: before the next command, ask the others who has."""
        self._doubted = server.name

    async def server_of(self, key: str) -> ClusterNode:
        """The primary that holds this key."""
        await self.initialize()
        try:
            server = self.get_node_from_key(key)
        except RedisClusterException as uncovered:
            raise RedisDown(f"the cluster has nobody for {key}: {uncovered}") from uncovered
        if server is None:
            raise RedisDown(f"the cluster has nobody for {key}")
        return server

    async def redirected(self, said: AskError) -> ClusterNode:
        """Whom a server sent us to: for good (MOVED), or for this once while the slot is on its way (ASK)."""
        if isinstance(said, MovedError):
            await self.nodes_manager.move_slot(said)
        server: ClusterNode | None = self.get_node(said.host, said.port)
        if server is None:
            self.doubt(ClusterNode(said.host, said.port))
            raise RedisDown(f"the cluster has no server at {said.host}:{said.port} yet") from said
        return server

    def pool(self, server: ClusterNode) -> BlockingConnectionPool:
        """Connections to this one server, opened as redis-py opens its own."""
        known = self._pools.get(server.name)
        if known is None:
            how: dict[str, Any] = {"max_connections": self._connections, "timeout": self._patience}
            how |= {"connection_class": server.connection_class, **server.connection_kwargs}
            known = self._pools[server.name] = BlockingConnectionPool(**how)
        return known

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """As with one server: our own pools go only when that is asked for; redis-py closes the rest in a crisis."""
        await super().aclose()
        if close_connection_pool:
            for pool in self._pools.values():
                await pool.aclose()


Client = Redis | Cluster


async def each(redis: Client, *words: str) -> Sequence[Any]:
    """What every server says to this. A silent primary raises; a silent replica is left out, it holds nobody up."""
    if not isinstance(redis, Cluster):
        return [await redis.execute_command(*words)]  # type: ignore[no-untyped-call]  # redis-py has no types for it
    await redis.initialize()
    primaries, replicas = redis.get_primaries(), redis.get_replicas()
    asked = [redis.execute_command(*words, target_nodes=server) for server in (*primaries, *replicas)]
    said = await asyncio.gather(*asked, return_exceptions=True)
    for answer in said[: len(primaries)]:
        if isinstance(answer, BaseException):
            raise answer
    return [answer for answer in said if not isinstance(answer, BaseException)]


async def shards(redis: Client) -> Sequence[str]:
    """A tag for each primary: a key that carries it lives there. One empty tag for a server that is alone."""
    if not isinstance(redis, Cluster):
        return ("",)
    found: dict[str, str] = {}
    for tag in keys.TAGS:
        found.setdefault((await redis.server_of(keys.incarnation(tag))).name, tag)
    return tuple(found.values())
