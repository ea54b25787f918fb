"""One call of an action, off the event loop, under an outer deadline.

A thread cannot be interrupted: a call that outlives its budget is abandoned and counted, and its fate is UNKNOWN. When
more calls are wanted than there are threads, the service that must be back soonest goes first, and runs of the same
urgency take turns. A call that found no thread within its budget was certainly not sent.

The threads are our own, and not those of an executor: nobody waits for a stuck one when the process ends, and answers
that come home at the same time wake the event loop once, which is a third of the cost when many runs are on.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import time
from collections import Counter, deque
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, ParamSpec, TypeVar, cast

from bot.language import told, told_n
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


@dataclass(eq=False, slots=True)
class _Flight:
    """A call on its way: into the queue, into a thread, home."""

    call: Callable[[], Any]
    budget: float
    """Seconds; once to find a thread, and once more to come home."""
    home: asyncio.Future[_Answer]
    begun: float | None = None
    """When a thread took it, monotonic."""
    answer: _Answer = _Answer()

    def fly(self) -> None:
        """In a thread. Whatever is raised belongs to the caller."""
        try:
            self.answer = _Answer(self.call())
        except BaseException as raised:
            self.answer = _Answer(raised=raised)

    def land(self, answer: _Answer) -> None:
        if not self.home.done():
            self.home.set_result(answer)


class CallAbandoned(Exception):
    """The budget is over and the call has not come back."""


class Calls:
    """A bounded number of threads for blocking calls, used from one event loop."""

    def __init__(self, threads: int = 32, *, name: str = "aws") -> None:
        self._name, self._threads = name, threads
        self._crew = 0
        """Threads that were started; one is when it is first needed."""
        self._out = 0
        """Calls that wait for a thread or hold one."""
        self._door = Lock()
        """Between a thread that takes a call and the loop that gives it up: it was sent, or it was not."""
        self._queue: list[tuple[timedelta, int, int, _Flight]] = []
        self._bell: SimpleQueue[bool] = SimpleQueue()
        """One ring for each call in the queue; False ends a thread."""
        self._order = itertools.count()
        self._of_run: Counter[str] = Counter()
        self._back: deque[_Flight] = deque()
        self._seen_to = True
        """Nobody has come back since the loop looked, or it is about to look."""
        self._abandoned: set[_Flight] = set()

    @property
    def stuck(self) -> int:
        """Abandoned calls that still hold a thread."""
        return len(self._abandoned)

    async def run(self, budget: timedelta, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's answer, or what it raised, or CallAbandoned. Raises Retryable when it found no thread."""
        if self.stuck >= self._threads:
            raise Retryable(
                told_n(
                    "{count} call hangs; nothing more is sent until it comes back",
                    "{count} calls hang; nothing more is sent until some come back",
                    self.stuck,
                )
            )
        loop, urgency = asyncio.get_running_loop(), URGENCY.get()
        flight = _Flight(partial(function, *args, **kwargs), budget.total_seconds(), loop.create_future())
        deadline = loop.call_later(flight.budget, self._give_up, flight)
        self._of_run[urgency.run] += 1
        try:
            self._enqueue(flight, urgency)
            answer = await flight.home
        finally:
            deadline.cancel()
            self._of_run[urgency.run] -= 1
            if not self._of_run[urgency.run]:
                del self._of_run[urgency.run]
        if answer.raised is not None:
            raise answer.raised
        return cast(T, answer.value)

    def _enqueue(self, flight: _Flight, urgency: Urgency) -> None:
        """One run's second call stands behind every other run's first."""
        if self._crew < self._threads and self._crew <= self._out:
            Thread(target=self._work, name=f"{self._name}_{self._crew}", daemon=True).start()
            self._crew += 1
        self._out += 1
        with self._door:
            heapq.heappush(self._queue, (urgency.rto, self._of_run[urgency.run], next(self._order), flight))
        self._bell.put(True)

    def _work(self) -> None:
        """A thread's life: until it is told to stop, or stuck for good."""
        while self._bell.get():
            with self._door:
                *_, flight = heapq.heappop(self._queue)
                if not flight.home.done():  # else nobody waits any more, and it is not sent
                    flight.begun = time.monotonic()
            if flight.begun is not None:
                flight.fly()
            self._back.append(flight)
            if self._seen_to:
                self._seen_to = False
                with contextlib.suppress(RuntimeError):  # a stuck call may come home after the loop
                    flight.home.get_loop().call_soon_threadsafe(self._see_home)

    def _see_home(self) -> None:
        """Whoever still waits for an answer has it."""
        self._seen_to = True  # before the first look: who comes back from now on calls again
        while self._back:
            flight = self._back.popleft()
            self._out -= 1
            self._abandoned.discard(flight)
            flight.land(flight.answer)

    def _give_up(self, flight: _Flight) -> None:
        """The budget is over: for the way to a thread, or for the way home."""
        seconds = f"{flight.budget:g}"
        with self._door:
            if flight.begun is None:  # and never will be
                why = told("no thread was free for {seconds} s; nothing was sent", seconds=seconds)
                flight.land(_Answer(raised=Retryable(why)))
                return
        left = flight.begun + flight.budget - time.monotonic()
        if flight.home.done():
            return
        if left > 0:
            flight.home.get_loop().call_later(left, self._give_up, flight)
        else:
            self._abandoned.add(flight)
            flight.land(_Answer(raised=CallAbandoned(told("no answer within {seconds} s", seconds=seconds))))

    def close(self) -> None:
        """Stop without waiting for stuck threads."""
        for _ in range(self._crew):
            self._bell.put(False)
