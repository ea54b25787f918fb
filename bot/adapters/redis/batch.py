"""One script, many calls of the same moment, one round trip.

Two hundred runs that move in the same tick of the event loop would send two hundred commands over a pool of sockets.
Here they travel in one pipeline. Each call has its own answer, and each error stays with its call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import NoScriptError

MOST = 100
"""Calls in one pipeline; the rest goes in the next, so that no answer waits for too many."""


@dataclass(frozen=True, slots=True)
class _Call:
    keys: Sequence[str]
    args: Sequence[Any]
    answer: asyncio.Future[Any]


class Batched:
    """A registered script, called in batches."""

    def __init__(self, redis: Redis, script: AsyncScript) -> None:
        self._redis = redis
        self._script = script
        self._waiting: list[_Call] = []
        self._flushing: set[asyncio.Task[None]] = set()

    async def __call__(self, *, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """The script's answer to this call; raises what Redis answered to it, or what cut the connection."""
        loop = asyncio.get_running_loop()
        call = _Call(keys, args, loop.create_future())
        self._waiting.append(call)
        if len(self._waiting) == 1:
            loop.call_soon(self._flush)
        return await call.answer

    def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            task = asyncio.create_task(self._send(batch))
            self._flushing.add(task)
            task.add_done_callback(self._flushing.discard)

    async def _send(self, batch: Sequence[_Call]) -> None:
        try:
            if len(batch) == 1:
                answers = [await self._script(keys=batch[0].keys, args=batch[0].args)]
            else:
                answers = await self._pipelined(batch)
        except BaseException as error:
            for call in batch:
                _settle(call, error)
            if not isinstance(error, Exception):
                raise
        else:
            for call, answer in zip(batch, answers, strict=True):
                _settle(call, answer)

    async def _pipelined(self, batch: Sequence[_Call]) -> list[Any]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for call in batch:
                pipe.evalsha(self._script.sha, len(call.keys), *call.keys, *call.args)
            answers = list(await pipe.execute(raise_on_error=False))
        for number, answer in enumerate(answers):
            if isinstance(answer, NoScriptError):  # lost in a restart or failover; calling it singly loads it again
                answers[number] = await self._script(keys=batch[number].keys, args=batch[number].args)
        return answers


def _settle(call: _Call, answer: Any) -> None:
    if call.answer.done():
        return
    if isinstance(answer, BaseException):
        call.answer.set_exception(answer)
    else:
        call.answer.set_result(answer)
