"""Our engine, driven through docket as in production, over steps that do nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.actions.catalogue import Catalogue
from bot.adapters.clock import SystemClock
from bot.adapters.redis.connection import connect
from bot.adapters.redis.dispatcher import DocketDispatcher
from bot.adapters.redis.journal import RedisJournals
from bot.adapters.redis.locks import RedisLocks
from bot.engine.calls import Calls
from bot.engine.driver import Driver
from bot.engine.steps import Steps
from bot.engine.wakeups import Wakeups
from bot.model.events import RunCreated, RunFinished
from bot.model.people import BOT
from bot.model.plan import PlannedStep
from bot.model.records import Draft
from bot.ports.journal import Head
from tests.bench.parts import Marks
from tests.builders import a_plan
from tests.engine.stories import toy
from tests.toys import SetValue, ToyAws, ToyCloud, Watch

LEASE = timedelta(seconds=15)


class MarkingCloud(ToyCloud):
    """A toy cloud that notes when it is asked."""

    def __init__(self, marks: Marks) -> None:
        super().__init__()
        self._marks = marks

    def read(self, name: str) -> int | None:
        self._marks.at.append(time.perf_counter())
        return self.values.get(name, 1 if name == "x" else None)


def chain(length: int, action: str = "toy.watch") -> list[PlannedStep]:
    """Each step needs the one before."""
    return [_step(f"s{n}", [f"s{n - 1}"] if n else [], action) for n in range(length)]


def fan(width: int) -> list[PlannedStep]:
    """One, then many at once, then one that needs them all."""
    middle = [_step(f"m{n}", ["first"]) for n in range(width)]
    return [_step("first", []), *middle, _step("join", [step.id for step in middle])]


def dag() -> list[PlannedStep]:
    """Twelve steps in four layers of three; each needs two of the layer before."""
    return [
        _step(f"l{layer}n{n}", [f"l{layer - 1}n{n}", f"l{layer - 1}n{(n + 1) % 3}"] if layer else [])
        for layer in range(4)
        for n in range(3)
    ]


def _step(id: str, needs: Sequence[str], action: str = "toy.watch") -> PlannedStep:
    name = "x" if action == "toy.watch" else id
    return toy(id, action, needs=needs, params={"name": name})


async def measure(url: str, shapes: Sequence[Sequence[PlannedStep]], marks: Marks) -> float:
    """Seconds from handing the runs to docket until the last one is over."""
    redis = connect(url)
    journals, clock, wakeups, calls = RedisJournals(redis), SystemClock(), Wakeups(), Calls()
    aws = ToyAws(MarkingCloud(marks))
    steps = Steps(Catalogue(Watch(), SetValue()), aws, calls, clock)
    locks = RedisLocks(redis, journals)
    over: set[str] = set()
    done = asyncio.Event()
    runs: list[str] = []

    async def drive(run: str) -> datetime | None:
        due = await Driver(run, "bench", journals, steps, clock, wakeups, LEASE, locks=locks).drive()
        if due is None:
            over.add(run)
            if len(over) == len(runs):
                done.set()
        return due

    async with DocketDispatcher(url, name=f"bench-{clock.new_id()}") as dispatcher:
        hints = asyncio.create_task(wakeups.listen(journals.changes()))
        working = asyncio.create_task(dispatcher.work(drive, journals, owner="bench", lease=LEASE))
        await asyncio.sleep(0.5)  # the first sweep is over; nothing but `ensure` delivers now
        runs += [await _create(journals, number, shape) for number, shape in enumerate(shapes)]
        began = time.perf_counter()
        await asyncio.gather(*(dispatcher.ensure(run) for run in runs))
        await done.wait()
        wall = time.perf_counter() - began
        for task in (working, hints):
            task.cancel()
        await asyncio.gather(working, hints, return_exceptions=True)
    await _check(journals, runs)
    await redis.aclose()
    calls.close()
    return wall


async def _create(journals: RedisJournals, number: int, steps: Sequence[PlannedStep]) -> str:
    run = f"bench-{number}-{time.time_ns()}"
    plan = a_plan(*steps, run=run)
    draft = Draft(id=run, at=datetime.now(UTC), actor=BOT, fact=RunCreated(plan=plan))
    await journals.append(run, [draft], at=Head(seq=0, hash="", epoch=0), epoch=None)
    return run


async def _check(journals: RedisJournals, runs: Sequence[str]) -> None:
    """A benchmark of runs that did not complete would measure nothing."""
    for run in runs:
        last = (await journals.read(run))[-1].fact
        assert isinstance(last, RunFinished), last
        assert last.outcome == "completed", last
