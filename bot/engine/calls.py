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
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, ParamSpec, TypeVar, cast

from bot.language import told
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


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a function returned or raised, carried as a value: a StopIteration may not be raised into a future."""

    value: Any = None
    raised: BaseException | None = None


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
        self._abandoned: set[asyncio.Future[_Answer | None]] = set()

    @property
    def stuck(self) -> int:
        """Abandoned calls that still hold a thread."""
        return len(self._abandoned)

    async def run(self, budget: timedelta, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's answer, or what it raised, or CallAbandoned. Raises Retryable when it found no thread."""
        if self.stuck >= self._threads:
            raise Retryable(told("{stuck} calls hang; nothing more is sent until some come back", stuck=self.stuck))
        run = URGENCY.get().run
        self._of_run[run] += 1
        try:
            await self._turn(budget)
            answer = await self._answer(budget, partial(function, *args, **kwargs))
        finally:
            self._of_run[run] -= 1
            if not self._of_run[run]:
                del self._of_run[run]
        if answer is None:
            raise CallAbandoned(told("no answer within {seconds} s", seconds=f"{budget.total_seconds():g}"))
        if answer.raised is not None:
            raise answer.raised
        return cast(T, answer.value)

    async def _turn(self, budget: timedelta) -> None:
        """Until a thread is ours. One run's second call stands behind every other run's first."""
        if self._free and not self._queue:
            self._free -= 1
            return
        urgency, turn = URGENCY.get(), asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, (urgency.rto, self._of_run[urgency.run], next(self._order), turn))
        try:
            async with asyncio.timeout(budget.total_seconds()):
                await turn
        except (TimeoutError, asyncio.CancelledError) as over:
            if turn.done() and not turn.cancelled():  # it was granted in that very moment
                self._give_back()
            if isinstance(over, TimeoutError):
                raise Retryable(
                    told("no thread was free for {seconds} s; nothing was sent", seconds=f"{budget.total_seconds():g}")
                ) from None
            raise

    async def _answer(self, budget: timedelta, call: Callable[[], Any]) -> _Answer | None:
        """What came home from the thread; None when the budget was over first."""
        loop = asyncio.get_running_loop()
        flight: asyncio.Future[_Answer | None] = loop.create_future()

        def fly() -> None:
            answer = _Answer() if flight.done() else _answer_of(call)  # given up before it began: it is not sent
            with contextlib.suppress(RuntimeError):  # a stuck call may come home after the loop
                loop.call_soon_threadsafe(self._home, flight, answer)

        try:
            self._pool.submit(fly)
        except RuntimeError:  # the pool is closed
            self._give_back()
            raise
        deadline = loop.call_later(budget.total_seconds(), self._give_up, flight)
        try:
            return await flight
        finally:
            deadline.cancel()

    def _give_up(self, flight: asyncio.Future[_Answer | None]) -> None:
        if not flight.done():
            self._abandoned.add(flight)
            flight.set_result(None)

    def _home(self, flight: asyncio.Future[_Answer | None], answer: _Answer) -> None:
        """The one hop back: the thread is free, and whoever still waits has an answer."""
        self._abandoned.discard(flight)
        self._give_back()
        if not flight.done():
            flight.set_result(answer)

    def _give_back(self) -> None:
        """The thread goes to whoever is next and still waits."""
        while self._queue:
            *_, turn = heapq.heappop(self._queue)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def close(self) -> None:
        """Stop without waiting for stuck threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _answer_of(call: Callable[[], Any]) -> _Answer:
    try:
        return _Answer(call())
    except BaseException as raised:  # whatever it is belongs to the caller, not to the thread
        return _Answer(raised=raised)
