"""Threads for looks that may hang: nobody waits for them, neither whoever asked nor the process when it ends.

Those of `concurrent.futures` keep a process alive until each has come back: half a minute where a region is silent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def apart(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The function's answer, or what it raised, from a thread of its own."""
    threads = Threads(1, name=function.__name__)
    asked = threads.submit(function, *args, **kwargs)
    threads.shutdown()
    return await asyncio.wrap_future(asked)


class Threads(Executor):
    """At most `most` of them, begun as they are needed; used from one thread."""

    def __init__(self, most: int, *, name: str) -> None:
        self._most, self._name, self._begun = most, name, 0
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        """None ends a thread."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        self._jobs.put((future, partial(fn, *args, **kwargs)))
        if self._begun < self._most:
            self._begun += 1
            Thread(target=self._work, name=f"{self._name}_{self._begun}", daemon=True).start()
        return future

    def shutdown(self, wait: bool = False, *, cancel_futures: bool = False) -> None:
        """Let the threads end when they have nothing to do any more. Whatever `wait` says, nobody waits."""
        with suppress(Empty):
            while cancel_futures:
                if (job := self._jobs.get_nowait()) is not None:
                    job[0].cancel()
        for _ in range(self._begun):
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            future, call = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(call())
            except BaseException as raised:  # it belongs to whoever asked
                future.set_exception(raised)
