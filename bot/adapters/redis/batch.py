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
    """A registered script, called in batches: what arrives while one round trip is out travels in the next."""

    def __init__(self, redis: Redis, script: AsyncScript) -> None:
        self._redis = redis
        self._script = script
        self._waiting: list[_Call] = []
        self._sending: asyncio.Task[None] | None = None
        self._alone = False

    async def __call__(self, *, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """The script's answer to this call; raises what Redis answered to it, or what cut the connection."""
        if not self._alone and self._sending is None:
            self._alone = True
            try:
                return await self._script(keys=keys, args=args)
            finally:
                self._alone = False
                self._go_on()
        call = _Call(keys, args, asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        return await call.answer

    def _go_on(self) -> None:
        if self._waiting and self._sending is None and not self._alone:
            self._sending = asyncio.create_task(self._send())

    async def _send(self) -> None:
        """Until nobody waits any more, a batch at a time."""
        batch: Sequence[_Call] = ()
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                try:
                    answers: Sequence[Any] = await self._pipelined(batch)
                except Exception as error:  # what cut the connection is the answer to each of them
                    answers = [error] * len(batch)
                for call, answer in zip(batch, answers, strict=True):
                    _settle(call, answer)
        finally:
            self._sending = None
            for call in (*batch, *self._waiting):  # only when this task is cancelled
                call.answer.cancel()
            self._waiting = []

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
