"""Who drives a run when everybody wants to: one, and an older owner writes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.clock import SystemClock
from bot.adapters.redis.connection import connect
from bot.adapters.redis.dispatcher import DocketDispatcher
from bot.adapters.redis.journal import RedisJournals
from bot.engine.calls import Calls
from bot.engine.driver import Driver
from bot.engine.steps import Steps
from bot.engine.wakeups import Wakeups
from bot.model.errors import Fenced, JournalConflict
from bot.model.events import NoteAdded, RunCreated, RunTaken
from bot.model.people import BOT
from bot.model.plan import PlannedStep
from bot.model.records import Draft, first_break
from bot.model.run import Run
from bot.ports.journal import Head
from tests.bench.parts import redis_server
from tests.builders import a_plan, a_step
from tests.engine.stories import toy
from tests.toys import TOYS, ToyAws, ToyCloud

pytestmark = pytest.mark.asyncio
EMPTY = Head(seq=0, hash="", epoch=0)
LEASE = timedelta(seconds=2)


@pytest.fixture
async def journals(tmp_path: Path) -> AsyncIterator[tuple[RedisJournals, str]]:
    with redis_server(tmp_path) as url:
        redis = connect(url)
        yield RedisJournals(redis), url
        await redis.aclose()


async def created(journals: RedisJournals, *steps: PlannedStep) -> str:
    plan = a_plan(*steps)
    draft = Draft(id="c", at=SystemClock().now(), actor=BOT, fact=RunCreated(plan=plan))
    await journals.append(plan.run, [draft], at=EMPTY, epoch=None)
    return plan.run


async def test_of_fifty_that_race_for_a_run_one_has_it(journals: tuple[RedisJournals, str]) -> None:
    """The others are told that a living owner holds it, and the epoch moved once."""
    store, _ = journals
    run = await created(store)

    answers = await asyncio.gather(*(store.take(run, f"bot-{number}", fresh=LEASE) for number in range(50)))
    head = await store.head(run)

    assert sum(answer is not None for answer in answers) == 1
    assert head is not None
    assert head.epoch == 1


async def test_split_ownership_is_refused_by_epoch(journals: tuple[RedisJournals, str]) -> None:
    """The former owner's append, sign of life and letting go all fail, although it stands at the tip."""
    store, _ = journals
    run = await created(store)
    old = await store.take(run, "a", fresh=timedelta(0))
    new = await store.take(run, "b", fresh=timedelta(0))
    assert old is not None
    assert new is not None
    note = Draft(id="n", at=SystemClock().now(), actor=BOT, fact=NoteAdded(text="mine"))

    with pytest.raises((Fenced, JournalConflict)):
        await store.append(run, [note], at=old[0], epoch=old[0].epoch)

    assert not await store.beat(run, epoch=old[0].epoch)
    assert not await store.park(run, at=old[0])
    assert await store.beat(run, epoch=new[0].epoch)


async def test_duplicate_deliveries_do_nothing_twice(journals: tuple[RedisJournals, str]) -> None:
    """Two workers, and a run that is woken thirty times while it is driven: one owner at a time, each change once."""
    store, url = journals
    cloud, clock, calls = ToyCloud(), SystemClock(), Calls(8)
    steps = Steps(TOYS, ToyAws(cloud), calls, clock)
    over = asyncio.Event()
    chain = [toy(f"s{number}", needs=[f"s{number - 1}"] if number else []) for number in range(8)]

    async def drive(run: str) -> datetime | None:
        due = await Driver(run, owner_of(), store, steps, clock, Wakeups(), LEASE, timedelta(0)).drive()
        if due is None:
            over.set()
        return due

    def owner_of() -> str:
        return f"bot-{clock.new_id()}"

    async with DocketDispatcher(url) as one, DocketDispatcher(url) as two:
        working = [
            asyncio.create_task(each.work(drive, store, owner=name, lease=LEASE))
            for each, name in ((one, "a"), (two, "b"))
        ]
        run = await created(store, *chain)
        for _ in range(30):
            await asyncio.gather(one.wake(run), two.ensure(run))
            await asyncio.sleep(0.01)
        async with asyncio.timeout(20):
            await over.wait()
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
    calls.close()
    records = await store.read(run)
    epochs = [record.epoch for record in records if record.epoch]

    assert Run.of(records).outcome == "completed"
    assert [cloud.sent(step.id) for step in chain] == [1] * len(chain)
    assert epochs == sorted(epochs)
    assert not any(record.fact.takeover for record in records if isinstance(record.fact, RunTaken))
    assert first_break(records) is None


async def test_a_run_outlives_an_owner_that_died_before_its_first_word(journals: tuple[RedisJournals, str]) -> None:
    """Another bot takes the run and dies at once, leaving no record: the only bot left has it back within leases."""
    store, url = journals
    cloud, clock, calls = ToyCloud(), SystemClock(), Calls(4)
    steps = Steps(TOYS, ToyAws(cloud), calls, clock)
    over = asyncio.Event()
    hold = a_step("hold", kind="wait", wait_for=timedelta(seconds=1.5))

    async def drive(run: str) -> datetime | None:
        due = await Driver(run, "bot", store, steps, clock, Wakeups(), LEASE).drive()
        if due is None:
            over.set()
        return due

    async with DocketDispatcher(url) as dispatcher:
        working = asyncio.create_task(dispatcher.work(drive, store, owner="bot", lease=LEASE))
        run = await created(store, hold, toy("last", needs=["hold"]))
        await dispatcher.ensure(run)
        while (await store.head(run) or EMPTY).seq < 3:  # noqa: ASYNC110  # the journal tells nobody else here
            await asyncio.sleep(0.02)
        ghost = await store.take(run, "ghost", fresh=timedelta(0))
        async with asyncio.timeout(LEASE.total_seconds() * 6):
            await over.wait()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    calls.close()

    assert ghost is not None
    assert Run.of(await store.read(run)).outcome == "completed"
    assert cloud.sent("last") == 1
