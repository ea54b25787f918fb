"""How docket talks to Redis in this process: few connections, and one round trip for what was asked in the same moment.

docket takes a connection from its pool for every script it calls, so a burst of 200 runs would open a hundred sockets
and pay for each answer by itself. Here its scripts travel together (bot/adapters/redis/pipe.py); whatever else it asks,
and a script whose round trip broke, goes the way docket knows. Refuses to know what is asked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, cast

from docket import Docket
from redis.asyncio import Redis
from redis.driver_info import DriverInfo
from redis.exceptions import ConnectionError as RedisDown
from redis.exceptions import TimeoutError as RedisLate

from bot.adapters.redis.pipe import Pipe

_READ_AS_THEY_COME = frozenset({"EVALSHA", "SCRIPT LOAD", "DEL"})
"""What docket asks for every run. Other answers are read in redis-py's own way, or may be a long time coming."""


async def opened(name: str, url: str, *, runs: int, stack: AsyncExitStack) -> Docket:
    """docket, connected until `stack` ends, for so many runs at once. A cluster's client is left as docket makes it."""
    docket = Docket(name=name, url=_roomy(url, runs), execution_ttl=timedelta(0))
    await stack.enter_async_context(docket)
    async with docket.redis() as client:  # the one that every caller shares
        if isinstance(client, Redis):
            # Each connection would look redis-py's version up anew, for 0.7 ms.
            client.connection_pool.connection_kwargs["driver_info"] = DriverInfo()
            client.execute_command = _together(client)  # every command goes through it
    return docket


def _roomy(url: str, runs: int) -> str:
    """What the connections are to be like, where the URL does not say so itself.

    docket's pool refuses instead of waiting, and all runs may end while Redis is silent; the default is 100. The older
    protocol opens a connection without a handshake, and is read in less time.
    """
    for wanted in (f"max_connections={2 * runs}", "protocol=2"):
        if wanted.partition("=")[0] + "=" not in url:
            url += f"{'&' if '?' in url else '?'}{wanted}"
    return url


def _together(client: Redis) -> Callable[..., Awaitable[Any]]:
    pipe, alone = Pipe(client), cast("Callable[..., Awaitable[Any]]", client.execute_command)

    async def execute(*command: Any, **options: Any) -> Any:
        if command[0] not in _READ_AS_THEY_COME:
            return await alone(*command, **options)
        try:
            return await pipe(*command[0].split(), *command[1:])
        except (RedisDown, RedisLate):
            return await alone(*command, **options)

    return execute
