"""One call in a thread and back. What holds under faults stands in tests/faults/aws."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from textwrap import dedent
from typing import Any

import pytest

from bot.engine.calls import CallAbandoned, Calls

LONG = timedelta(seconds=5)


@pytest.fixture
def calls() -> Any:
    pool = Calls(threads=1)
    yield pool
    pool.close()


def test_the_function_runs_off_the_loop_and_its_answer_comes_back(calls: Calls) -> None:
    """A blocking call never blocks the loop's thread."""
    here = threading.get_ident()

    there = asyncio.run(calls.run(LONG, threading.get_ident))

    assert there != here


@pytest.mark.parametrize("raised", [ValueError("no such cluster"), TimeoutError("its own")])
def test_what_the_function_raises_is_raised_here(calls: Calls, raised: Exception) -> None:
    """The very same error, a timeout of its own included: that one is no abandoned call."""

    def breaks() -> None:
        raise raised

    with pytest.raises(type(raised)) as seen:
        asyncio.run(calls.run(LONG, breaks))

    assert seen.value is raised


def test_a_function_that_stops_an_iteration_does_not_hang_its_caller(calls: Calls) -> None:
    """A StopIteration cannot be raised into a future; Python tells it as a RuntimeError."""
    nothing_left: Callable[[], object] = iter(()).__next__

    with pytest.raises(RuntimeError, match="StopIteration"):
        asyncio.run(calls.run(LONG, nothing_left))


def test_a_thread_that_comes_home_late_is_free_again(calls: Calls) -> None:
    """An abandoned call holds its thread until it is home, and its late answer reaches nobody."""
    home = threading.Event()

    async def story() -> str:
        with pytest.raises(CallAbandoned, match=r"no answer within 0\.02 s"):
            await calls.run(timedelta(seconds=0.02), home.wait, 5)
        assert calls.stuck == 1
        home.set()
        for _ in range(400):
            if not calls.stuck:
                break
            await asyncio.sleep(0.005)
        return await calls.run(LONG, lambda: "the second call")

    assert asyncio.run(story()) == "the second call"


def test_a_call_that_is_cancelled_before_it_began_is_not_made(calls: Calls) -> None:
    """Whoever stops waiting while there is no thread leaves nothing behind."""
    made: list[str] = []
    held = threading.Event()

    async def story() -> None:
        first = asyncio.create_task(calls.run(LONG, held.wait, 5))
        second = asyncio.create_task(calls.run(LONG, made.append, "sent"))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        held.set()
        await first
        assert await calls.run(LONG, lambda: "next") == "next"

    asyncio.run(story())

    assert made == []


def test_the_way_home_has_the_whole_budget_again(calls: Calls) -> None:
    """What a call lost in the queue is not taken from the time that AWS has to answer."""
    free, home = threading.Event(), threading.Event()

    async def story() -> bool:
        loop = asyncio.get_running_loop()
        first = asyncio.create_task(calls.run(LONG, free.wait, 5))
        second = asyncio.create_task(calls.run(timedelta(seconds=0.4), home.wait, 5))
        loop.call_later(0.3, free.set)
        loop.call_later(0.5, home.set)
        return await first and await second

    assert asyncio.run(story())


def test_a_stuck_call_does_not_keep_the_process() -> None:
    """At 3 a.m. a bot that is told to stop ends, whatever AWS does."""
    script = """
        import asyncio, threading
        from datetime import timedelta
        from bot.engine.calls import CallAbandoned, Calls

        async def story():
            try:
                await Calls().run(timedelta(milliseconds=20), threading.Event().wait)
            except CallAbandoned:
                print("given up")

        asyncio.run(story())
        """

    ended = subprocess.run([sys.executable, "-c", dedent(script)], capture_output=True, text=True, timeout=20)

    assert (ended.returncode, ended.stdout) == (0, "given up\n")
