"""One pipe to each server that holds keys, so that callers need not know how many there are.

A command goes to the server that holds its key. Where a server sends it elsewhere it goes there: the server has not
obeyed it. A line that broke is the answer to whoever was under way on it, as on one pipe, and makes us ask the others
who holds the slot now. Refuses to know what the commands mean.
"""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode
from redis.exceptions import AskError, ClusterDownError, MovedError
from redis.exceptions import ConnectionError as RedisDown
from redis.exceptions import TimeoutError as RedisLate

from bot.adapters.redis.pipe import Line, Pipe
from bot.adapters.redis.topology import Client, Cluster

MOST_TURNS = 5
"""Times that one command is sent elsewhere before its caller is told."""
_SCRIPTS = ("EVAL", "EVALSHA")


def pipe_to(redis: Client) -> Line:
    """The way in for commands of the same moment, over one server or many."""
    return Pipes(redis) if isinstance(redis, Cluster) else Pipe(redis)


class Pipes:
    """Implements `Line` over a cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._pipes: dict[str, Pipe] = {}

    async def __call__(self, *command: Any, at: str = "", asking: bool = False) -> Any:
        """As `Line` promises; `at` is a key of the server meant, for commands that carry none."""
        server = await self._cluster.server_of(at or _key_of(command))
        for _ in range(MOST_TURNS):
            try:
                return await self._pipe(server)(*command, asking=asking)
            except AskError as said:
                server, asking = await self._cluster.redirected(said), not isinstance(said, MovedError)
            except (RedisDown, RedisLate, ClusterDownError):
                self._cluster.doubt(server)
                raise
        raise RedisDown(f"the cluster sent {command[0]} from one server to the other")

    def _pipe(self, server: ClusterNode) -> Pipe:
        known = self._pipes.get(server.name)
        if known is None:
            known = self._pipes[server.name] = Pipe(Redis(connection_pool=self._cluster.pool(server)))
        return known


def _key_of(command: tuple[Any, ...]) -> str:
    """Every command here has one, scripts behind the number of theirs."""
    return str(command[3] if command[0] in _SCRIPTS else command[1])
