"""Commands of the same moment, in one round trip on one connection.

Two hundred runs that move in the same tick of the event loop would send two hundred commands over a pool of sockets.
Here they travel together, and what arrives while one round trip is out travels in the next. Each call has its own
answer, and each refusal stays with its call; what cuts the connection is the answer to all that were under way.

Holds one connection of the client's pool for good, since fetching and returning one costs half a round trip. Refuses
to know what the commands mean, and repeats none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha1
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import NoScriptError, RedisError
from redis.exceptions import TimeoutError as RedisLate

MOST = 100
"""Calls in one round trip; the rest goes in the next, so that no answer waits for too many."""
ANSWER_WITHIN = 2.0
"""Seconds for one round trip; where a connection is opened first, that has as many of its own."""
STALE_AFTER = 1.0
"""Seconds. A connection that rested longer is looked at first: the server may have gone and come back meanwhile."""

Command = tuple[Any, ...]


ASKING: Command = ("ASKING",)
"""Lets the next command on the same connection look into a slot that is on its way here."""


class Line(Protocol):
    """Where commands go in."""

    async def __call__(self, *command: Any, at: str = "", asking: bool = False) -> Any:
        """Redis's answer to this command as the protocol brings it; raises what Redis refused, or what cut the line.

        `at` is a key of the server that is meant, where there are several and the command names none. `asking` is for
        a slot that is on its way from one server to the other.
        """


@dataclass(frozen=True, slots=True)
class _Call:
    commands: Sequence[Command]
    answer: asyncio.Future[Any]


class Pipe:
    """One connection's worth of commands, used from one event loop."""

    def __init__(self, redis: Redis, *, answer_within: float = ANSWER_WITHIN, stale_after: float = STALE_AFTER) -> None:
        self._pool = redis.connection_pool
        self._answer_within, self._stale_after = answer_within, stale_after
        self._connection: AbstractConnection | None = None
        self._used = 0.0
        self._waiting: list[_Call] = []
        self._out = False
        """A round trip is under way."""
        self._sending: asyncio.Task[None] | None = None

    async def __call__(self, *command: Any, at: str = "", asking: bool = False) -> Any:
        """As `Line` promises; there is one server, so `at` says nothing here."""
        commands = (ASKING, command) if asking else (command,)
        call = _Call(commands, asyncio.get_running_loop().create_future())
        if self._out:
            self._waiting.append(call)
            return await call.answer
        self._out = True
        try:
            await asyncio.sleep(0)  # the tick goes on: others have something to send too, and looks begin meanwhile
            if self._waiting:
                self._waiting.insert(0, call)
            else:
                _settle(call, (await self._exchange(commands))[-1])
        finally:
            self._out = False
            self._go_on()
        return await call.answer

    def _go_on(self) -> None:
        if self._waiting:
            self._out = True
            self._sending = asyncio.create_task(self._send())

    async def _send(self) -> None:
        """Until nobody waits any more, a batch at a time."""
        batch: Sequence[_Call] = ()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                try:
                    answers = iter(await self._exchange([command for call in batch for command in call.commands]))
                    told = [[next(answers) for _ in call.commands][-1] for call in batch]
                except Exception as error:  # what cut the connection is the answer to each of them
                    told = [error] * len(batch)
                for call, answer in zip(batch, told, strict=True):
                    _settle(call, answer)
        finally:
            self._out, self._sending = False, None
            for call in (*batch, *self._waiting):  # only when this task is cancelled
                call.answer.cancel()
            self._waiting = []

    async def _exchange(self, commands: Sequence[Command]) -> list[Any]:
        """One round trip; refusals are among the answers. A line whose answers nobody reads is cut."""
        try:
            async with asyncio.timeout(self._answer_within) as deadline:
                line = await self._line(deadline)
                await line.send_packed_command(b"".join([_packed(command) for command in commands]), check_health=False)
                answers = [await _answer(line) for _ in commands]
        except TimeoutError as late:
            await self._cut()
            raise RedisLate(f"no answer within {self._answer_within:g} s") from late
        except BaseException:
            await self._cut()
            raise
        if any(isinstance(answer, RedisError) and not isinstance(answer, NoScriptError) for answer in answers):
            await self._cut()  # it may refuse because it is primary no more; the next line is looked for anew
        return answers

    async def _line(self, deadline: asyncio.Timeout) -> AbstractConnection:
        """The connection, open. What opening or looking at it took does not count against the answer's deadline."""
        loop = asyncio.get_running_loop()
        line = self._connection
        if line is not None and line.is_connected and loop.time() - self._used <= self._stale_after:
            self._used = loop.time()
            return line
        if line is None:
            line = self._connection = await self._pool.get_connection()  # type: ignore[no-untyped-call]  # so is its decorator
            line.socket_timeout = None  # one deadline for the whole exchange; redis-py would start a task per write
        elif line.is_connected:
            await self._pool.ensure_connection(line)  # where there are sentinels, this asks them who is primary now
        else:
            # Asks the sentinels where the primary is now; sending would connect to where it was.
            await line.connect()  # type: ignore[no-untyped-call]  # redis-py has no types for it
        self._used = loop.time()
        deadline.reschedule(self._used + self._answer_within)
        return line

    async def _cut(self) -> None:
        if self._connection is not None:
            await self._connection.disconnect(nowait=True)  # connects again when it is next used


class Script:
    """A Lua script on a pipe. Known to the server by its hash; sent whole when a restart or failover lost it."""

    def __init__(self, pipe: Line, text: str) -> None:
        self._pipe = pipe
        self._text = text
        self._sha = sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, *, keys: Sequence[str], args: Sequence[Any]) -> Any:
        try:
            return await self._pipe("EVALSHA", self._sha, len(keys), *keys, *args)
        except NoScriptError:
            return await self._pipe("EVAL", self._text, len(keys), *keys, *args)


def _packed(command: Command) -> bytes:
    """The command as Redis reads it, an array of byte strings; redis-py takes three times as long for every append."""
    parts = [part if type(part) is bytes else str(part).encode() for part in command]
    return b"*%d\r\n" % len(parts) + b"".join([b"$%d\r\n%b\r\n" % (len(part), part) for part in parts])


async def _answer(line: AbstractConnection) -> Any:
    try:
        return await line.read_response()
    except RedisError as refused:
        if not line.is_connected:  # no refusal: the line broke, and the answers behind this one with it
            raise
        return refused


def _settle(call: _Call, answer: Any) -> None:
    if call.answer.done():
        return
    if isinstance(answer, Exception):
        call.answer.set_exception(answer)
    else:
        call.answer.set_result(answer)
