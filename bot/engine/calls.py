"""One call of an action, off the event loop, under an outer deadline.

A thread cannot be interrupted: a call that outlives its budget is abandoned and counted, and its fate is UNKNOWN. When
more calls are wanted than there are threads, the service that must be back soonest goes first, and runs of the same
urgency take turns. A call that found no thread within its budget was certainly not sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar

from bot.model.errors import Retryable

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Urgency:
    """Whose calls these are: the run, and how soon its service must be back."""

    run: str
    rto: timedelta


_NOBODY = Urgency("", timedelta.max)
URGENCY: ContextVar[Urgency] = ContextVar("urgency", default=_NOBODY)
"""Set by whoever drives a run; tasks begun from there inherit it."""


class CallAbandoned(Exception):
    """The budget is over and the call has not come back."""


class Calls:
    """A bounded pool of threads for blocking calls, used from one event loop."""

    def __init__(self, threads: int = 32, *, name: str = "aws") -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._threads = threads
        self._free = threads
        self._queue: list[tuple[timedelta, int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._of_run: Counter[str] = Counter()
        self.stuck = 0
        """Abandoned calls that still hold a thread."""

    async def run(self, budget: timedelta, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's answer, or what it raised, or CallAbandoned. Raises Retryable when it found no thread."""
        if self.stuck >= self._threads:
            raise Retryable(f"{self.stuck} calls hang; nothing more is sent until some come back")
        run = URGENCY.get().run
        self._of_run[run] += 1
        try:
            await self._turn(budget)
            return await self._under(budget, self._send(function, *args, **kwargs))
        finally:
            self._of_run[run] -= 1
            if not self._of_run[run]:
                del self._of_run[run]

    async def _turn(self, budget: timedelta) -> None:
        """Until a thread is ours. One run's second call stands behind every other run's first."""
        if self._free and not self._queue:
            self._free -= 1
            return
        urgency, turn = URGENCY.get(), asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, (urgency.rto, self._of_run[urgency.run], next(self._order), turn))
        try:
            await asyncio.wait_for(turn, budget.total_seconds())
        except TimeoutError:
            raise Retryable(f"no thread was free for {budget.total_seconds():g} s; nothing was sent") from None
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give_back()
            raise

    def _send(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        loop = asyncio.get_running_loop()
        try:
            future = self._pool.submit(function, *args, **kwargs)
        except RuntimeError:  # the pool is closed
            self._give_back()
            raise

        def home(_: Future[T]) -> None:
            with contextlib.suppress(RuntimeError):  # a stuck call may come home after the loop
                loop.call_soon_threadsafe(self._give_back)

        future.add_done_callback(home)
        return future

    async def _under(self, budget: timedelta, future: Future[T]) -> T:
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), budget.total_seconds())
        except TimeoutError as late:
            if future.done() and not future.cancelled():  # the function itself raised a TimeoutError
                raise
            if not future.cancel():
                self._count(future)
            raise CallAbandoned(f"no answer within {budget.total_seconds():g} s") from late

    def _give_back(self) -> None:
        """The thread goes to whoever is next and still waits."""
        while self._queue:
            *_, turn = heapq.heappop(self._queue)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _count(self, future: Future[Any]) -> None:
        self.stuck += 1
        future.add_done_callback(lambda _: self._uncount())

    def _uncount(self) -> None:
        self.stuck -= 1

    def close(self) -> None:
        """Stop without waiting for stuck threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)
