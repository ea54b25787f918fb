"""One call of an action, off the event loop, under an outer deadline.

A thread cannot be interrupted: a call that outlives its budget is abandoned and counted, and its fate is UNKNOWN.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar

from bot.model.errors import Retryable

P = ParamSpec("P")
T = TypeVar("T")


class CallAbandoned(Exception):
    """The budget is over and the call has not come back."""


class Calls:
    """A bounded pool of threads for blocking calls."""

    def __init__(self, threads: int = 32, *, name: str = "aws") -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._threads = threads
        self.stuck = 0
        """Abandoned calls that still hold a thread."""

    async def run(self, budget: timedelta, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's answer, or what it raised, or CallAbandoned. Raises Retryable when every thread is stuck."""
        if self.stuck >= self._threads:
            raise Retryable(f"{self.stuck} calls hang; nothing more is sent until some come back")
        future = self._pool.submit(function, *args, **kwargs)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), budget.total_seconds())
        except TimeoutError as late:
            if future.done():  # the function itself raised a TimeoutError
                raise
            if not future.cancel():
                self._count(future)
            raise CallAbandoned(f"no answer within {budget.total_seconds():g} s") from late

    def _count(self, future: Future[Any]) -> None:
        self.stuck += 1
        future.add_done_callback(lambda _: self._uncount())

    def _uncount(self) -> None:
        self.stuck -= 1

    def close(self) -> None:
        """Stop without waiting for stuck threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)
