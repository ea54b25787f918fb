"""Row 67: two hundred runs at once share the threads: the most urgent service first, and nobody starves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.engine.calls import URGENCY, CallAbandoned, Calls, Urgency
from bot.model.errors import Retryable
from bot.model.run import Status
from tests.engine.stories import toy
from tests.faults.aws.stage import Stage

pytestmark = pytest.mark.asyncio
MINUTE = timedelta(minutes=1)


class Line:
    """One thread, held until every call stands in the queue; then they run in their order."""

    def __init__(self) -> None:
        self.calls = Calls(threads=1)
        self.done: list[str] = []
        self._gate = threading.Event()
        self._tasks: list[asyncio.Task[None]] = [asyncio.create_task(self.calls.run(MINUTE, self._hold))]

    def _hold(self) -> None:
        self._gate.wait(5)

    def stands(self, run: str, rto: timedelta, name: str) -> None:
        URGENCY.set(Urgency(run, rto))
        self._tasks.append(asyncio.create_task(self.calls.run(MINUTE, self._work(name))))

    def _work(self, name: str) -> Callable[[], None]:
        return lambda: self.done.append(name)

    async def moves(self) -> list[str]:
        await asyncio.sleep(0.01)
        self._gate.set()
        await asyncio.gather(*self._tasks)
        self.calls.close()
        return self.done


async def test_row_67_the_most_urgent_service_goes_first() -> None:
    """By recovery objective, whoever came first."""
    line = Line()
    for number in range(50):
        line.stands(f"slow-{number}", timedelta(hours=24), "slow")
    for number in range(50):
        line.stands(f"urgent-{number}", timedelta(minutes=15), "urgent")

    done = await line.moves()

    assert done == ["urgent"] * 50 + ["slow"] * 50


async def test_row_67_runs_of_the_same_urgency_take_turns() -> None:
    """A run with a hundred parallel steps does not stand in front of one with a single step."""
    line = Line()
    for _ in range(100):
        line.stands("wide", MINUTE, "wide")
    line.stands("narrow", MINUTE, "narrow")

    done = await line.moves()

    assert done.index("narrow") <= 2


async def test_row_67_two_hundred_runs_all_end() -> None:
    """All complete, each change is made once, and no lock is left."""
    stage = Stage()
    theatres = [await stage.play(f"r{number}", toy(f"v{number}"), service=f"service-{number}") for number in range(200)]
    for theatre in theatres:
        theatre.calls = theatres[0].calls

    runs = await asyncio.gather(*(theatre.until_parked_or_over() for theatre in theatres))

    assert {run.status for run in runs} == {Status.COMPLETED}
    assert all(stage.cloud.sent(f"v{number}") == 1 for number in range(200))
    assert stage.locks.held == {}


async def test_a_call_that_found_no_thread_was_not_sent() -> None:
    """Its budget ran out in the queue: that is no doubt, and it may be tried again."""
    home = threading.Event()
    sent: list[str] = []
    calls = Calls(threads=1)
    busy = asyncio.create_task(calls.run(MINUTE, home.wait, 5))
    await asyncio.sleep(0)

    with pytest.raises(Retryable, match="nothing was sent"):
        await calls.run(timedelta(seconds=0.05), sent.append, "x")
    home.set()
    await busy
    again = await calls.run(MINUTE, lambda: "through")
    calls.close()

    assert (sent, again) == ([], "through")


async def test_a_cancelled_call_gives_its_thread_back() -> None:
    """Handing a run over leaves no hole in the pool."""
    home = threading.Event()
    calls = Calls(threads=1)
    with pytest.raises(CallAbandoned):
        await calls.run(timedelta(seconds=0.02), home.wait, 5)
    home.set()
    for _ in range(100):
        await asyncio.sleep(0.01)
        if not calls.stuck:
            break
    waiting = asyncio.create_task(calls.run(MINUTE, threading.Event().wait, 0.05))
    queued = asyncio.create_task(calls.run(MINUTE, lambda: "never"))
    await asyncio.sleep(0)
    queued.cancel()
    await asyncio.gather(waiting, queued, return_exceptions=True)

    assert await calls.run(MINUTE, lambda: "through") == "through"
    calls.close()
